"""`tidelock run` without an agent: it starts one, which behaves and ends; and who may use whose."""
import grp
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import unittest

from ordinary import IS_ROOT, STRANGER, USER, Case, is_alive
from start import CALLS_MAX, calls_before
from waiting import eventually


class AutomaticAgent(Case):
    def test_a_program_finds_one_and_leaves_nothing_in_the_pool(self):
        status, output = self.run_tidelock("run", *self.worker("memory=40", "rounds=5"))
        self.assertEqual((status, output.split("\n")[-2]), (0, "intact"), output)
        agent = self.agent()
        self.assertIsNotNone(agent)
        eventually(lambda: not self.status()["workloads"], "the program's end")
        self.assertEqual(self.status()["pool"]["leasedBytes"], 0)
        self.assertEqual(self.status()["agent"]["populatedBytes"], 0)
        # The next one uses the same.
        self.assertEqual(self.run_tidelock("run", "true"), (0, ""))
        self.assertEqual(self.agent(), agent)

    def status(self):
        return json.loads(self.run_tidelock("status", "--json")[1])

    def test_it_keeps_nothing_of_its_starter(self):
        reading, writing = os.pipe()
        started = self.start("run", "true", pass_fds=[writing])
        os.close(writing)
        self.assertEqual(self.finish(started), (0, ""))
        # Whoever waits for the end of the starter's descriptors is not kept waiting.
        os.set_blocking(reading, False)
        self.assertEqual(os.read(reading, 1), b"")
        os.close(reading)
        agent = self.agent()
        files = pathlib.Path(f"/proc/{agent}/fd")
        names = {int(file.name): os.readlink(file) for file in files.iterdir()}
        log = str(self.home / ".local/state/tidelock/agent.log")
        self.assertEqual([names[number] for number in range(3)], ["/dev/null", log, log])
        self.assertEqual([name for name in names.values() if name.startswith("pipe:")], [])
        self.assertEqual(os.readlink(f"/proc/{agent}/cwd"), "/")
        fields = pathlib.Path(f"/proc/{agent}/stat").read_text().rsplit(")", 1)[1].split()
        session, terminal = fields[3], fields[4]
        self.assertNotEqual(int(session), os.getsid(0))
        self.assertEqual(terminal, "0")

    def test_many_at_once_start_one(self):
        started = [self.start("run", "true") for _ in range(8)]
        self.assertEqual([self.finish(one) for one in started], [(0, "")] * 8)
        agent = self.agent()
        others = [
            process for process in map(int, filter(str.isdigit, os.listdir("/proc")))
            if process != agent and is_alive(process) and self.is_ours(process)]
        self.assertEqual(others, [])

    def is_ours(self, process):
        try:
            return os.readlink(f"/proc/{process}/exe") == str(self.tidelock)
        except OSError:
            return False

    def test_it_ends_when_nobody_needs_it_and_no_sooner(self):
        status, output = self.run_tidelock(
            "agent", "--background", "--idle-exit", "1", "--simulated-gpu",
            f"memory=64MiB,path={self.gpu}")
        self.assertEqual((status, output), (0, ""))
        agent = self.agent()
        # It has not come to the GPU yet, and may any moment.
        program = self.start("run", "sleep", "4")
        time.sleep(3)
        self.assertTrue(is_alive(agent))
        self.assertEqual(self.finish(program), (0, ""))
        eventually(lambda: not is_alive(agent), "the agent's end")
        self.assertFalse(self.socket.parent.exists())

    def test_it_stays_for_what_a_program_left_behind(self):
        """Like `tidelock run tmux`: what was started ends at once, its daemon starts programs for
        days."""
        status, output = self.run_tidelock(
            "agent", "--background", "--idle-exit", "1", "--simulated-gpu",
            f"memory=64MiB,path={self.gpu}")
        self.assertEqual((status, output), (0, ""))
        agent = self.agent()
        worker = " ".join(map(str, self.worker("memory=40", "rounds=2")))
        log = self.home / "late.log"
        daemon = f"(sleep 4; exec {worker}) >{log} 2>&1 &"
        self.assertEqual(self.run_tidelock("run", "setsid", "sh", "-c", daemon), (0, ""))
        eventually(lambda: log.exists() and "intact" in log.read_text(), "the late program's end")
        eventually(lambda: not is_alive(agent), "the agent's end")

    def test_a_program_whose_agent_is_gone_starts_another(self):
        """The outer `tidelock run` found the agent by itself, so the inner one may, too."""
        process = self.start("run", "sh", "-c", f"sleep 2; {self.tidelock} run true; sleep 1")
        first = eventually(self.agent, "the first agent")
        os.kill(first, signal.SIGKILL)
        self.assertEqual(self.finish(process), (0, ""))
        second = self.agent()
        self.assertNotIn(second, (None, first))

    def test_it_has_no_environment_but_what_it_needs(self):
        environment = self.environment(
            TIDELOCK_NAME="secret", LD_LIBRARY_PATH="/opt/secret", LD_PRELOAD="libc.so.6",
            TOKEN="secret")
        self.assertEqual(self.run_tidelock("run", "true", environment=environment), (0, ""))
        text = pathlib.Path(f"/proc/{self.agent()}/environ").read_bytes().decode()
        names = {line.split("=")[0] for line in text.split("\0") if line}
        self.assertEqual(names, {"HOME", "LANG", "PATH", "XDG_RUNTIME_DIR"})

    def test_a_time_beyond_all_measure_is_refused(self):
        for seconds in ("18446744073709551615", "-1", "soon"):
            status, output = self.run_tidelock("agent", "--idle-exit", seconds)
            self.assertEqual(status, 64, output)
            self.assertIn("--idle-exit", output)

    def test_a_program_that_finds_none_says_so(self):
        """What a tmux that was started under an agent starts after that one's end."""
        parts = self.products / "lib/tidelock"
        environment = self.environment(
            LD_PRELOAD=str(parts / "libcuda.so.1"),
            TIDELOCK_LIBCUDA=str(parts / "simulated/libcuda.so.1"),
            TIDELOCK_SOCKET=str(self.socket), TIDELOCK_FOUND_SOCKET=str(self.socket))
        terminal, theirs = os.openpty()
        program = self.start(
            environment=environment, command=self.worker("memory=8"), stderr=theirs, stdout=theirs)
        os.close(theirs)
        said = ""
        try:
            while more := os.read(terminal, 4096).decode():
                said += more
        except OSError:
            pass  # The last one to have it open has closed it.
        os.close(terminal)
        self.assertNotEqual(program.wait(), 0)
        self.assertIn("this program waits for an agent", said)
        self.assertIn("`tidelock run` starts the next one", said)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_it_costs_a_start_little(self):
        """A count, for a time says little on a busy machine; `make bench` has that."""
        self.assertEqual(self.run_tidelock("run", "true"), (0, ""))
        self.assertIsNotNone(self.agent())
        trace = self.home / "trace"
        status, output = self.run_tidelock(
            "run", "/bin/true", command=("strace", "-f", "-qq", "-o", trace, self.tidelock))
        self.assertEqual((status, output), (0, ""))
        calls, made = calls_before("/bin/true", trace.read_text().splitlines())
        print(f"{calls} system calls ", end="")
        self.assertLessEqual(calls, CALLS_MAX)
        self.assertEqual(made, 0)

    def test_a_missing_agent_that_was_named_is_an_error(self):
        named = self.scratch / "named.sock"
        for words, more in [(("--socket", named), {}), ((), {"TIDELOCK_SOCKET": str(named)})]:
            status, output = self.run_tidelock(
                "run", *words, "true", environment=self.environment(**more))
            self.assertEqual(status, 125)
            self.assertIn(str(named), output)
        self.assertIsNone(self.agent())

    def test_without_a_gpu_the_error_says_how_to_try(self):
        status, output = self.run_tidelock(
            "run", "true", environment=self.environment(TIDELOCK_SIMULATED_GPU=None))
        if status == 0:
            self.skipTest("this machine has an NVIDIA driver")
        self.assertEqual(status, 125)
        self.assertEqual(output.count("\n"), 1, output)
        self.assertIn("TIDELOCK_SIMULATED_GPU=memory=96MiB", output)
        self.assertFalse(self.socket.exists())

    def test_without_a_home_the_log_lies_beside_the_socket(self):
        environment = self.environment(HOME="/nonexistent")
        self.assertEqual(self.run_tidelock("run", "true", environment=environment), (0, ""))
        self.assertIsNotNone(self.agent())
        self.assertTrue((self.runtime / "tidelock/agent.log").exists())


class WithoutRuntimeDirectory(Case):
    """Containers, `su`, cron: no XDG_RUNTIME_DIR, or somebody else's."""

    def setUp(self):
        super().setUp()
        self.place = pathlib.Path(f"/tmp/tidelock-{USER}")
        if self.place.exists() or os.path.exists(f"/run/user/{USER}"):
            self.skipTest(f"user {USER} has a runtime directory here")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

    def test_the_socket_lies_in_a_private_directory(self):
        foreign = self.scratch / "foreign"
        foreign.mkdir(mode=0o700)
        if IS_ROOT:
            os.chown(foreign, STRANGER, -1)
        places = [None, str(foreign)] if IS_ROOT else [None]
        for place in places:
            environment = self.environment(XDG_RUNTIME_DIR=place)
            self.assertEqual(self.run_tidelock("run", "true", environment=environment), (0, ""))
        self.assertEqual(self.place.stat().st_mode & 0o777, 0o700)
        self.assertEqual(self.place.stat().st_uid, USER)
        agent = self.agent(self.place / "agent.sock")
        self.end_agents()
        self.assertFalse(is_alive(agent))
        self.assertFalse(self.place.exists())

    @unittest.skipUnless(IS_ROOT, "needs a second user")
    def test_what_somebody_planted_there_is_refused(self):
        self.place.mkdir(mode=0o777)
        os.chown(self.place, STRANGER, -1)
        environment = self.environment(XDG_RUNTIME_DIR=None)
        for words in (["run", "true"], ["status"], ["agent"]):
            status, output = self.run_tidelock(*words, environment=environment)
            self.assertNotEqual(status, 0)
            self.assertIn(f"{self.place} can be written by others (owner: user {STRANGER})", output)
        self.assertEqual(list(self.place.iterdir()), [])
        # An agent that was told where to listen has nothing to do with it.
        status, output = self.run_tidelock(
            "agent", "--background", "--idle-exit", "1", "--socket", self.home / "agent.sock",
            "--simulated-gpu", f"memory=64MiB,path={self.gpu}", environment=environment)
        self.assertEqual((status, output), (0, ""))
        self.agent(self.home / "agent.sock")


@unittest.skipUnless(IS_ROOT, "the machine's agent is root's")
class MachineAgent(Case):
    """Root's agent, used by others. `Tools/test-install` gives the tests a /run of their own."""

    place = pathlib.Path("/run/tidelock/agent.sock")

    def setUp(self):
        super().setUp()
        if self.place.parent.exists():
            self.skipTest(f"{self.place.parent} is in use; run these tests with make test-install")
        self.addCleanup(shutil.rmtree, self.place.parent, ignore_errors=True)

    def serve(self, *words):
        # Ordinary users reach the simulated GPU as they reach a real one.
        self.gpu.parent.chmod(0o777)
        status, output = self.run_tidelock(
            "agent", "--background", "--simulated-gpu", f"memory=64MiB,path={self.gpu}", *words,
            user=0, environment=self.environment(HOME="/nonexistent"))
        self.assertEqual((status, output), (0, ""))
        agent = self.agent(self.place, user=0)
        self.gpu.chmod(0o666)
        return agent

    def outsider(self, *words, user=USER):
        """As somebody who knows nothing of a simulated GPU."""
        return self.run_tidelock(
            *words, user=user, environment=self.environment(TIDELOCK_SIMULATED_GPU=None))

    def test_everybody_finds_it_first_and_none_may_pause_the_others(self):
        agent = self.serve()
        for user in (USER, STRANGER):
            status, output = self.outsider(
                "run", *self.worker("memory=40", "rounds=3"), user=user)
            self.assertEqual(status, 0, output)
        self.assertFalse(self.socket.exists())
        self.assertEqual(self.place.stat().st_mode & 0o777, 0o666)
        self.assertEqual(self.place.parent.stat().st_mode & 0o777, 0o711)
        place = self.place.parent.stat().st_ino
        for verb in ("pause", "resume"):
            status, output = self.outsider(verb)
            self.assertEqual(status, 1)
            self.assertIn("only root and the user who started it", output)
        # Root of a container is not root of the machine.
        contained = subprocess.run(
            ["unshare", "--pid", "--fork", self.tidelock, "pause"], text=True,
            capture_output=True, env=self.environment(TIDELOCK_SIMULATED_GPU=None))
        self.assertEqual(contained.returncode, 1)
        self.assertIn("only root and the user who started it", contained.stderr)
        self.assertEqual(self.run_tidelock("pause", user=0), (0, "paused\n"))
        # What it lends to one is no other's to look at.
        with self.assertRaises(PermissionError):
            self.as_user(lambda: os.listdir(f"/proc/{agent}/fd"))
        # Containers have the directory mounted, and look in it for the next agent.
        self.end_agents()
        self.assertEqual(self.place.parent.stat().st_ino, place)

    def test_nobody_keeps_others_from_it(self):
        """A stranger's directory where the user's own agent would be."""
        self.serve()
        place = pathlib.Path(f"/tmp/tidelock-{USER}")
        if place.exists() or os.path.exists(f"/run/user/{USER}"):
            self.skipTest(f"user {USER} has a runtime directory here")
        place.mkdir(mode=0o777)
        self.addCleanup(shutil.rmtree, place)
        os.chown(place, STRANGER, -1)
        environment = self.environment(TIDELOCK_SIMULATED_GPU=None, XDG_RUNTIME_DIR=None)
        for words in (["run", "true"], ["status"], ["env"], ["doctor"]):
            status, output = self.run_tidelock(*words, environment=environment)
            self.assertNotIn(str(place), output)
            self.assertEqual(status, 0, output)

    def as_user(self, action):
        os.seteuid(USER)
        try:
            return action()
        finally:
            os.seteuid(0)

    def test_it_may_keep_to_itself_or_to_a_group(self):
        self.serve("--admit", "owner")
        status, output = self.outsider("run", "true")
        self.assertEqual(status, 125)
        self.assertIn(f"does not admit user {USER}", output)
        self.end_agents()
        self.agents.clear()
        self.serve("--admit", "group:games")
        self.assertEqual(self.outsider("run", "true")[0], 125)
        member = self.start(
            "run", "true", extra_groups=[grp.getgrnam("games").gr_gid],
            environment=self.environment(TIDELOCK_SIMULATED_GPU=None))
        self.assertEqual(self.finish(member), (0, ""))

    def test_the_one_of_roots_own_programs_shuts_nobody_out_for_good(self):
        self.assertEqual(self.run_tidelock("run", "true", user=0), (0, ""))
        agent = self.agent(self.place, user=0)
        self.assertEqual(self.place.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.place.parent.stat().st_mode & 0o777, 0o711)
        # There is no other GPU here, but it is looked for.
        status, output = self.outsider("run", "true")
        self.assertEqual(status, 125)
        self.assertIn(f"does not admit user {USER}", output)
        self.assertIn("no agent of yours starts: ", output)
        self.end_agents()
        self.assertFalse(is_alive(agent))
        self.assertFalse(self.place.parent.exists())

    def test_one_that_does_not_start_changes_nothing(self):
        self.serve()
        status, output = self.run_tidelock(
            "agent", "--admit", "owner", "--simulated-gpu", f"memory=64MiB,path={self.gpu}", user=0)
        self.assertEqual(status, 1)
        self.assertIn("already listens", output)
        self.assertEqual(self.place.parent.stat().st_mode & 0o777, 0o711)
        self.assertEqual(self.outsider("run", "true"), (0, ""))


class GivenSocket(Case):
    """As a service manager starts the agent."""

    def test_whom_it_admits_is_the_units_to_say(self):
        path = self.scratch / "given.sock"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(listener.close)
        listener.bind(str(path))
        listener.listen()

        words = ["agent", "--simulated-gpu", f"memory=64MiB,path={self.gpu}"]
        # The variable must name the very process, which no one else can know before.
        shell = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&%d' % listener.fileno()
        given = subprocess.run(
            ["sh", "-c", shell, "sh", self.tidelock, *words, "--admit", "all"], text=True,
            capture_output=True, pass_fds=[listener.fileno()], env=self.environment())
        self.assertEqual(given.returncode, 1, given.stderr)
        self.assertIn("SocketMode=", given.stderr)


@unittest.skipUnless(IS_ROOT, "needs process numbers of its own")
class UnseenPrograms(Case):
    def test_an_agent_that_cannot_see_them_says_what_it_needs(self):
        path = self.scratch / "unseeing.sock"
        agent = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", self.tidelock, "agent", "--socket", path,
             "--simulated-gpu", f"memory=64MiB,path={self.gpu}"],
            env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.kill)
        eventually(lambda: self.run_tidelock("status", "--socket", path, user=0)[0] == 0, "serves")
        status, output = self.run_tidelock("run", "--socket", path, "true", user=0)
        self.assertEqual(status, 125)
        self.assertIn("run it with --pid=host", output)


if __name__ == "__main__":
    unittest.main()
