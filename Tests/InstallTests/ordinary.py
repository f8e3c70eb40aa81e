"""An ordinary user, and what the tests of installing and of the automatic agent share.

As root the user is one that nobody else is; otherwise it is whoever runs the tests, and what needs
root is skipped.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from waiting import PATIENCE, eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
IS_ROOT = os.geteuid() == 0
USER = 54321 if IS_ROOT else os.geteuid()
STRANGER = 54322


def is_alive(process):
    """Whether the process is there and not only waiting to be buried."""
    try:
        text = pathlib.Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return text.rsplit(")", 1)[1].split()[0] not in "ZX"


class Case(unittest.TestCase):
    """A test with the products, a home and a simulated GPU of its own, all of them the user's."""

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="tidelock-install-"))
        self.addCleanup(shutil.rmtree, self.scratch)
        # The checkout may lie where the user cannot go.
        self.products = self.scratch / "products"
        shutil.copytree(BUILD / "bin", self.products / "bin")
        shutil.copytree(BUILD / "lib", self.products / "lib")
        shutil.copytree(BUILD / "clients", self.products / "clients")
        self.tidelock = self.products / "bin/tidelock"
        self.gpu = self.scratch / "gpu/file"
        self.runtime = self.scratch / "runtime"
        self.home = self.scratch / "home"
        for directory in (self.gpu.parent, self.runtime, self.home):
            directory.mkdir(mode=0o700)
            os.chown(directory, USER, -1)
        self.scratch.chmod(0o755)
        self.socket = self.runtime / "tidelock/agent.sock"
        self.agents = []
        self.addCleanup(self.end_agents)

    def end_agents(self):
        for agent in self.agents:
            try:
                os.kill(agent, signal.SIGTERM)
            except ProcessLookupError:
                continue
            eventually(lambda: not is_alive(agent), f"the end of agent {agent}")

    def environment(self, **more):
        """A bare one; None takes a variable away."""
        variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(self.runtime),
            "TIDELOCK_SIMULATED_GPU": f"{self.gpu},memory=64MiB", **more,
        }
        return {name: text for name, text in variables.items() if text is not None}

    def start(self, *words, user=USER, environment=None, command=None, **more):
        """Starts `tidelock`, or another command; output and errors come together."""
        identity = {"user": user, "group": user, "extra_groups": []} if IS_ROOT else {}
        return subprocess.Popen(
            [*map(str, (*(command or [self.tidelock]), *words))], text=True, cwd="/",
            env=self.environment() if environment is None else environment,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.STDOUT, **identity, **more})

    def finish(self, process):
        """Its exit status and what it said."""
        output, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, output

    def run_tidelock(self, *words, **more):
        return self.finish(self.start(*words, **more))

    def worker(self, *words):
        return [self.products / "clients/worker", *words]

    def agent(self, socket=None, **more):
        """The process id of the agent at the socket, None when there is none."""
        status, output = self.run_tidelock(
            "status", "--json", "--socket", socket or self.socket, **more)
        if status != 0:
            return None
        process = json.loads(output)["agent"]["pid"]
        if process not in self.agents:
            self.agents.append(process)
        return process
