"""A node agent for a check, and the words to run programs under it."""
import json
import os
import subprocess
import tempfile
import time

START_SECONDS = 20
END_SECONDS = 30


class Agent:
    """Used in a `with`: there is one inside, and none afterwards."""

    def __init__(self, build, capacity_mib, simulated):
        self.tidelock = os.path.join(build, "bin/tidelock")
        self.folder = tempfile.TemporaryDirectory(prefix="tidelock-agent-")
        self.socket = os.path.join(self.folder.name, "agent.sock")
        self.words = [self.tidelock, "agent", "--socket", self.socket,
                      "--pool-size", f"{capacity_mib * 2}Mi"]
        if simulated:
            path = os.path.join(self.folder.name, "gpu")
            self.words += ["--simulated-gpu", f"memory={capacity_mib}MiB,count=1,path={path}"]
        else:
            self.words += ["--capacity", f"{capacity_mib}Mi"]
        self.log = os.path.join(self.folder.name, "agent.log")

    def __enter__(self):
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=subprocess.STDOUT)
        end = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            if self.status() is not None:
                return self
            time.sleep(0.1)
        said = self.said()
        self.__exit__()
        raise RuntimeError("the agent does not start: " + said[-200:])

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read().strip()

    def under(self, name, *options):
        """What to put before a command."""
        return [self.tidelock, "run", "--socket", self.socket, "--name", name, *options, "--"]

    def status(self):
        """What `tidelock status --json` says, or None."""
        asked = subprocess.run([self.tidelock, "status", "--json", "--socket", self.socket],
                               capture_output=True, text=True, check=False)
        return json.loads(asked.stdout) if asked.returncode == 0 else None

    def swaps_out(self):
        """How often each workload was swapped out, of those that are there now."""
        workloads = (self.status() or {}).get("workloads", [])
        return {workload["name"]: workload["swapsOut"] for workload in workloads}
