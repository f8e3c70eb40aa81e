"""What the parts of the bench share: where things lie, rows, programs with and without Tidelock."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("TIDELOCK_BUILD", os.path.join(ROOT, "build"))
CLIENTS = os.path.join(ROOT, "build/clients")
OUTPUT = os.path.join(ROOT, ".build/bench")
TIDELOCK = os.path.join(BUILD, "bin/tidelock")
INTERPOSER = os.path.join(BUILD, "lib/tidelock/libcuda.so.1")
SIMULATED = os.path.join(BUILD, "lib/tidelock/simulated")


class NotRun(Exception):
    """A part is missing; the text says which."""


@dataclass
class Row:
    id: str
    what: str
    value: float | None
    unit: str
    goal: float | None = None
    floor: float | None = None
    larger_is_better: bool = False
    note: str = ""

    def fields(self):
        return {key: getattr(self, key)
                for key in ("id", "what", "value", "unit", "goal", "floor", "note")}


def needs(*paths):
    for path in paths:
        if not os.path.exists(path):
            raise NotRun(f"{os.path.relpath(path, ROOT)} is missing: run make build")


def needs_tool(name):
    if shutil.which(name) is None:
        raise NotRun(f"{name} is not installed")


def client(name):
    subprocess.run(["make", "-s", "-C", os.path.join(ROOT, "Conformance")], check=True)
    return os.path.join(CLIENTS, name)


class SimulatedGPU:
    """A file on tmpfs; deleted at the end of the `with` block."""

    def __init__(self, memory="96MiB", link=None):
        folder = "/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir()
        self.path = tempfile.mktemp(prefix="tidelock-bench-", dir=folder)
        self.parameters = f"memory={memory}" + (f",link={link}" if link else "")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for path in (self.path, self.path + ".agent-lock"):
            if os.path.exists(path):
                os.unlink(path)

    def environment(self, **more):
        plain = {k: v for k, v in os.environ.items() if not k.startswith("TIDELOCK_")}
        return dict(plain, TIDELOCK_SIMULATED_GPU=f"{self.path},{self.parameters}",
                    LD_LIBRARY_PATH=SIMULATED, **more)

    def books(self):
        """What the simulated GPU itself counted so far, over all programs: bytes by name."""
        names = ("bytes_in", "bytes_out", "given_back_bytes")
        words = ("import ctypes, sys; library = ctypes.CDLL(sys.argv[1]); library.cuInit(0)\n"
                 "for name in sys.argv[2:]:\n"
                 "  count = getattr(library, 'simulated_gpu_' + name)\n"
                 "  count.restype = ctypes.c_uint64\n"
                 "  print(count(0))\n")
        asked = subprocess.run(
            [sys.executable, "-c", words, os.path.join(SIMULATED, "libcuda.so.1"), *names],
            env=self.environment(), capture_output=True, text=True, check=True)
        return dict(zip(names, map(int, asked.stdout.split())))

    def preloaded(self):
        return self.environment(LD_PRELOAD=INTERPOSER,
                                TIDELOCK_LIBCUDA=os.path.join(SIMULATED, "libcuda.so.1"))


class Agent:
    """An agent on a simulated GPU for the time of a `with` block."""

    def __init__(self, gpu, pool="512Mi", under=()):
        self.socket = tempfile.mktemp(prefix="tidelock-bench-", suffix=".sock")
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            [*under, TIDELOCK, "agent", "--simulated-gpu",
             f"{gpu.parameters},count=1,path={gpu.path}", "--socket", self.socket,
             "--pool-size", pool],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True)

    def __enter__(self):
        end = time.monotonic() + 20
        while self.status() is None:
            if time.monotonic() > end or self.process.poll() is not None:
                self.__exit__()
                self.log.seek(0)
                raise NotRun("the agent does not start: " + self.log.read().strip()[-200:])
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        # The whole group: a tracer that is told to end leaves what it traced behind.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(timeout=10)
            except (subprocess.TimeoutExpired, ProcessLookupError):
                pass
        if os.path.exists(self.socket):
            os.unlink(self.socket)

    def status(self):
        asked = subprocess.run([TIDELOCK, "status", "--json", "--socket", self.socket],
                               capture_output=True, text=True, check=False)
        return json.loads(asked.stdout) if asked.returncode == 0 else None

    def log_lines(self):
        # Its position is the agent's as well.
        return os.pread(self.log.fileno(), 1 << 24, 0).count(b"\n")

    def command(self, name, *words):
        return [TIDELOCK, "run", "--socket", self.socket, "--name", name, "--", *words]
