"""The units of the package, as far as they can be tried where no systemd runs."""

import os
import pathlib
import re
import signal

from harness import CLIENTS, PACKAGE, TIDELOCK, Agent, Case, run
from waiting import eventually

UNITS = "/usr/lib/systemd"
SERVICE = pathlib.Path(UNITS, "system/tidelock.service")
# Of ten; a service without any protection has 9.6.
EXPOSURE_MAX = 2.0


def system_calls(group):
    """The system calls of a group of systemd's, with those of the groups in it."""
    found = set()
    for word in run("systemd-analyze", "syscall-filter", group).stdout.split("\n")[1:]:
        word = word.strip()
        if word.startswith("@"):
            found |= system_calls(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


class UnitTests(Case):
    @classmethod
    def setUpClass(cls):
        run("dpkg", "--install", PACKAGE)
        cls.addClassCleanup(run, "dpkg", "--purge", "tidelock")

    def test_systemd_reads_them(self):
        system = [f"{UNITS}/system/tidelock.{kind}" for kind in ("service", "socket")]
        self.assertEqual(run("systemd-analyze", "verify", *system).stdout, "")
        user = [f"{UNITS}/user/tidelock.{kind}" for kind in ("service", "socket")]
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.scratch)}
        done = run("systemd-analyze", "--user", "verify", *user, env=environment)
        self.assertEqual(done.stdout, "")

    def test_little_is_exposed(self):
        report = run("systemd-analyze", "security", "--offline=true", SERVICE).stdout
        exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", report)[1])
        print(f"exposure {exposure} of 10 ", end="")
        self.assertLessEqual(exposure, EXPOSURE_MAX)

    def test_an_agent_that_fails_takes_no_socket_along(self):
        """systemd fails a socket whose service it will not start again."""
        for place in ("system", "user"):
            text = pathlib.Path(UNITS, place, "tidelock.service").read_text()
            unit = text.partition("[Service]")[0]
            self.assertIn("\nStartLimitIntervalSec=0\n", unit)

    def test_the_first_program_starts_the_agent(self):
        socket = self.scratch / "agent.sock"
        gpu = f"/dev/shm/{self.scratch.name}"
        self.addCleanup(run, "rm", "-f", gpu, gpu + ".agent-lock")
        words = ["agent", "--simulated-gpu", f"memory=96MiB,path={gpu}", "--pool-size", "256Mi"]
        activate = ("systemd-socket-activate", "--seqpacket", "--listen", socket)
        service = self.start(*activate, TIDELOCK, *words)
        eventually(socket.exists, "somebody listens")
        program = (CLIENTS / "worker", "memory=70", "rounds=3")
        self.passes(self.start(TIDELOCK, "run", "--socket", socket, "--", *program))
        self.assertIn(f"listening on {socket}", service.log.read_text())
        # The socket is not the agent's to remove.
        service.send_signal(signal.SIGTERM)
        service.wait()
        self.assertTrue(socket.exists())

    def test_nothing_it_does_is_forbidden(self):
        """Joining, swapping and a death under strace, against the unit's filter."""
        trace = self.scratch / "trace"
        agent = Agent(self, command=["strace", "-f", "-qq", "-o", trace, TIDELOCK])
        options = ("--socket", agent.socket)
        words = (CLIENTS / "worker", "memory=70", "rounds=100000", "pause=10")
        programs = [self.start(TIDELOCK, "run", *options, *words) for _ in range(2)]
        for program in programs:
            eventually(lambda: "round 10" in program.log.read_text(), "it takes turns")
        programs[0].kill()
        eventually(lambda: len(agent.status()["workloads"]) == 1, "the agent sees the death")
        # Not strace, which would leave it to itself.
        os.kill(agent.status()["agent"]["pid"], signal.SIGTERM)
        self.assertEqual(agent.process.wait(), 0)

        used = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))
        # strace itself starts the program.
        used -= {"execve"}
        self.assertIn("epoll_wait", used)
        allowed = set()
        for line in SERVICE.read_text().splitlines():
            if line.startswith("SystemCallFilter="):
                groups = line.partition("=")[2]
                calls = set().union(*map(system_calls, groups.lstrip("~").split()))
                allowed = allowed - calls if groups.startswith("~") else allowed | calls
        self.assertEqual(used - allowed, set())
