"""What the tests of containers, units, package and image share.

They need root, for mounts and containers. `Tools/test-containers` runs them in a mount namespace of
their own with a writable layer over /etc, so that nothing of this machine changes.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from waiting import PATIENCE, eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TIDELOCK = BUILD / "bin/tidelock"
LIBRARIES = BUILD / "lib/tidelock"
CLIENTS = BUILD / "clients"
DEBIAN_11 = ROOT / ".build/debian11/root"
DEBIAN_12 = ROOT / ".build/debian12/root"
VERSION = re.search(r'"(.+)"', (ROOT / "Sources/ControlAPI/Version.swift").read_text())[1]
PACKAGE = ROOT / f"dist/tidelock_{VERSION}_amd64.deb"
IMAGE = ROOT / f"dist/tidelock-agent_{VERSION}.oci.tar"
IMAGE_NAME = f"localhost/tidelock-agent:{VERSION}"
CDI = pathlib.Path("/etc/cdi")


def run(*words, check=True, **more):
    """Runs a command to its end; its output, both streams together, is in `stdout`."""
    done = subprocess.run(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        **more,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}")
    return done


class Case(unittest.TestCase):
    """A test with a directory of its own; what it starts ends with it."""

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="tidelock-containers-"))
        self.addCleanup(shutil.rmtree, self.scratch)

    def start(self, *words, **more):
        """Starts a command whose output goes to a file, `process.log`."""
        log = self.scratch / f"{len(list(self.scratch.glob('*.log')))}.log"
        with open(log, "w") as output:
            process = subprocess.Popen(
                [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **more,
            )
        process.log = log
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def passes(self, process, saying="intact"):
        """The process ends well and its last line is `saying`."""
        try:
            status = process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            status = "still running"
        text = process.log.read_text()
        self.assertEqual(status, 0, text)
        self.assertEqual(text.splitlines()[-1:], [saying], text)

    def overlay(self, lower, name="root"):
        """A directory that looks like `lower` and can be written without changing it."""
        upper, work, merged = (self.scratch / f"{name}-{part}" for part in ("up", "work", "on"))
        for directory in (upper, work, merged):
            directory.mkdir()
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        run("mount", "-t", "overlay", "overlay", "-o", options, merged)
        self.addCleanup(run, "umount", "-R", "-l", merged)
        return merged


class Agent:
    """An agent on a simulated GPU of its own, with a socket directory of its own or the one told.
    """

    def __init__(self, case, *options, command=(TIDELOCK,), directory=None):
        self.directory = directory or case.scratch / "run"
        self.directory.mkdir()
        self.socket = self.directory / "agent.sock"
        self.gpu = f"/dev/shm/{case.scratch.name}"
        case.addCleanup(self.remove)
        self.simulated = f"memory=96MiB,path={self.gpu}"
        self.words = ["agent", "--simulated-gpu", self.simulated, "--pool-size=256Mi", *options]
        self.case = case
        self.start(command)

    def start(self, command):
        """Starts it, or one like it after its end."""
        self.process = self.case.start(*command, *self.words, "--socket", self.socket)
        eventually(self.status, "the agent answers")

    def remove(self):
        for file in (self.gpu, self.gpu + ".agent-lock"):
            pathlib.Path(file).unlink(missing_ok=True)

    def status(self):
        """What `tidelock status --json` says, None while nobody answers."""
        done = subprocess.run(
            [TIDELOCK, "status", "--json", "--socket", self.socket],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
        )
        return json.loads(done.stdout) if done.returncode == 0 else None

    def workloads(self):
        return {each["name"]: each for each in self.status()["workloads"]}

    def meets(self, *names):
        """Waits until it has seen programs of these names, at once or one after the other."""
        seen = set()
        eventually(lambda: seen.update(self.workloads()) or seen >= set(names), f"{names} join")

    def swaps(self, count):
        """Waits until each of so many programs was swapped out. The agent sees them under this
        machine's numbers, and knows their memory as its own."""
        most = {}

        def were_out():
            for each in self.status()["workloads"]:
                most[each["pid"]] = max(most.get(each["pid"], 0), each["swapsOut"])
                self.case.assertTrue(os.path.exists(f"/proc/{each['pid']}"), each)
            return sum(swaps > 0 for swaps in most.values()) >= count

        eventually(were_out, f"{count} programs were swapped out")
        self.case.assertEqual(self.status()["gpus"][0]["foreignBytes"], 0)

    def specification(self, *options):
        """What `tidelock cdi` prints for this agent."""
        done = run(TIDELOCK, "cdi", "--socket", self.socket, *options)
        return json.loads(done.stdout)

    def offer(self, *options, simulated=True):
        """Puts the specification, with or without the simulated GPU in it, where podman looks."""
        driver = ["--simulated-gpu", f"path={self.gpu}"] if simulated else []
        specification = self.specification(*driver, *options)
        CDI.mkdir(exist_ok=True)
        (CDI / "tidelock.json").write_text(json.dumps(specification))


class Podman:
    """Debian's podman with storage of its own. Its containers have process numbers, mounts and host
    names of their own; no network, for none is needed. The limits are spelled out because podman
    asks for higher ones than a machine inside a sandbox may set."""

    def __init__(self, case):
        self.store = case.scratch / "store"
        case.addCleanup(eventually, self.is_at_rest, "podman has cleaned up")
        self.words = [
            *("podman", "--root", self.store, "--runroot", case.scratch / "runroot"),
            *("--cgroup-manager=cgroupfs", "--storage-driver=vfs", "--runtime=runc"),
        ]
        self.limits = [
            *("--rm", "--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000"),
        ]

    def is_at_rest(self):
        """What supervises a container works on for a moment after its end."""
        mine = str(self.store).encode()
        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if mine in file.read_bytes():
                    return False
            except (FileNotFoundError, ProcessLookupError):
                continue
        return True

    def container(self, root, *words, options=(), devices=("tidelock.dev/gpu=all",)):
        """The words that run a container on a writable layer over `root`."""
        asked = [f"--device={device}" for device in devices]
        return [
            *self.words,
            *("run", *self.limits, *asked, f"--volume={CLIENTS}:/clients:ro", *options),
            *("--rootfs", f"{root}:O", *words),
        ]
