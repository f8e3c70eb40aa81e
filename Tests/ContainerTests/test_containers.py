"""`tidelock cdi` and `tidelock env`, tried with podman, runc and shells."""

import json
import os

from harness import (
    CDI, CLIENTS, DEBIAN_11, DEBIAN_12, LIBRARIES, TIDELOCK, Agent, Case, Podman, run,
)
from waiting import eventually

STANDARD_LIBRARIES = "/usr/lib/x86_64-linux-gnu"


# A program for Pythons of any age, and what it says where the interposer stands before the driver.
WHICH_DRIVER = """\
import ctypes
library = ctypes.CDLL('libcuda.so.1')
version = ctypes.c_int()
print(library.cuDriverGetVersion(ctypes.byref(version)), version.value)
print(sorted({line.split()[-1] for line in open('/proc/self/maps') if 'libcuda' in line}))
"""
WHICH_DRIVER_SAYS = (
    f"0 12060\n['/usr/lib/tidelock/libcuda.so.1', '{STANDARD_LIBRARIES}/libcuda.so.1']\n"
)


def telling_driver(directory):
    """A driver that needs no C library and can only tell its version."""
    driver, source = directory / "libcuda.so.1", directory / "driver.c"
    source.write_text("int cuInit(unsigned flags) { return (int)flags; }\n"
                      "int cuDriverGetVersion(int *v) { *v = 12060; return 0; }\n")
    soname = "-Wl,-soname,libcuda.so.1"
    run("cc", "-shared", "-fPIC", "-nostdlib", soname, source, "-o", driver)
    return driver


class PodmanTests(Case):
    def setUp(self):
        super().setUp()
        self.podman = Podman(self)

    def worker(self, name, *words, root=DEBIAN_12, **more):
        options = more.pop("options", []) + [f"--env=TIDELOCK_NAME={name}"]
        return self.start(
            *self.podman.container(root, "/clients/worker", *words, options=options, **more)
        )

    def test_two_containers_take_turns(self):
        agent = Agent(self)
        agent.offer()
        # 70 of 96 MiB each, and each counts its own processes from one.
        words = ("memory=70", "rounds=40", "pause=50")
        workers = [self.worker(name, *words) for name in ("one", "two")]
        agent.swaps(2)
        for worker in workers:
            self.passes(worker)

    def test_a_killed_container_leaves_nothing(self):
        agent = Agent(self)
        agent.offer()
        worker = self.worker(
            "victim", "memory=70", "rounds=100000", "pause=10", options=["--name=victim"]
        )
        eventually(lambda: "round 2" in worker.log.read_text(), "it works")
        run(*self.podman.words, "kill", "victim")
        worker.wait()
        eventually(lambda: not agent.workloads(), "the agent forgets it")
        status = agent.status()
        self.assertEqual(status["pool"]["leasedBytes"], 0)
        self.passes(self.worker("next", "memory=80", "rounds=2"))

    def test_the_next_agent_is_found(self):
        """The directory is mounted, not the socket that the first agent made."""
        agent = Agent(self)
        agent.offer()
        words = ("memory=70", "rounds=50", "pause=100")
        workers = [self.worker(name, *words) for name in ("one", "two")]
        for worker in workers:
            eventually(lambda: "round 5" in worker.log.read_text(), "it works")
        agent.process.kill()
        agent.process.wait()
        agent.start([TIDELOCK])
        eventually(lambda: len(agent.workloads()) == 2, "the new agent knows both")
        for worker in workers:
            self.passes(worker)

    def test_limits_by_an_environment_file(self):
        agent = Agent(self)
        agent.offer()
        settings = run(
            *(TIDELOCK, "env", "--for", "env-file", "--settings-only", "--limit", "40Mi")
        ).stdout
        self.assertNotIn("LD_PRELOAD", settings)
        file = self.scratch / "settings"
        file.write_text(settings)
        options = [f"--env-file={file}"]
        self.passes(self.worker("modest", "memory=32", "rounds=2", options=options))
        greedy = self.worker("greedy", "memory=70", "rounds=2", options=options)
        self.assertEqual(greedy.wait(), 3)
        self.assertIn("refused cuMemAlloc", greedy.log.read_text())

    def test_preloading_by_the_environment(self):
        Agent(self).offer("--preload", "environment")
        self.passes(self.worker("plain", "memory=8", "rounds=2"))

    def test_another_user(self):
        agent = Agent(self, "--admit", "all")
        agent.offer()
        os.chmod(agent.gpu, 0o666)
        options = ["--user=1000:1000"]
        workers = [
            self.worker(name, "memory=70", "rounds=20", "pause=50", options=options)
            for name in ("one", "two")
        ]
        agent.meets("one", "two")
        for worker in workers:
            self.passes(worker)

    def test_a_read_only_container(self):
        Agent(self).offer()
        self.passes(self.worker("fixed", "memory=8", "rounds=2", options=["--read-only"]))

    def test_beside_another_specification(self):
        """As with NVIDIA's: the driver comes from there, into the standard directory."""
        agent = Agent(self)
        agent.offer(simulated=False)
        inside = "/dev/shm/gpu"
        driver = LIBRARIES / "simulated/libcuda.so.1"
        other = {
            "cdiVersion": "0.3.0",
            "kind": "nvidia.com/gpu",
            "devices": [{"name": "all", "containerEdits": {"env": ["OTHER=1"]}}],
            "containerEdits": {
                "env": [f"TIDELOCK_SIMULATED_GPU={inside}"],
                "mounts": [
                    mount(driver, f"{STANDARD_LIBRARIES}/libcuda.so.1"),
                    mount(agent.gpu, inside, "rw"),
                ],
            },
        }
        (CDI / "nvidia.json").write_text(json.dumps(other))
        self.addCleanup((CDI / "nvidia.json").unlink)
        devices = ("nvidia.com/gpu=all", "tidelock.dev/gpu=all")
        words = ("memory=70", "rounds=20", "pause=50")
        workers = [self.worker(name, *words, devices=devices) for name in ("one", "two")]
        agent.meets("one", "two")
        for worker in workers:
            self.passes(worker)

    def test_an_image_with_an_old_c_library(self):
        """Debian 11, glibc 2.31. The simulated driver needs a newer one, so the driver here is one
        that only tells its version; how programs share a GPU is the other tests' business."""
        Agent(self).offer(simulated=False)
        driver = telling_driver(self.scratch)
        options = [f"--volume={driver}:{STANDARD_LIBRARIES}/libcuda.so.1:ro"]
        python = self.podman.container(
            DEBIAN_11, "/usr/bin/python3.9", "-c", WHICH_DRIVER, options=options
        )
        self.assertEqual(run(*python).stdout, WHICH_DRIVER_SAYS)
        shell = self.podman.container(DEBIAN_11, "/bin/bash", "-c", "echo out; exit 3")
        done = run(*shell, check=False)
        self.assertEqual((done.returncode, done.stdout), (3, "out\n"))


def mount(host, container, *options):
    return {
        "hostPath": str(host),
        "containerPath": str(container),
        "options": ["bind", *(options or ("ro",))],
    }


class RuncTests(Case):
    def bundle(self, agent, name, *words, root=DEBIAN_12, driver=None):
        """An OCI bundle with the edits of the specification in it; with the simulated driver unless
        told another."""
        directory = self.scratch / name
        directory.mkdir()
        run("runc", "spec", cwd=directory)
        configuration = json.loads((directory / "config.json").read_text())
        simulated = ["--simulated-gpu", f"path={agent.gpu}"] if driver is None else []
        edits = agent.specification(*simulated)["devices"][0]["containerEdits"]
        if driver:
            edits["mounts"].append(mount(driver, f"{STANDARD_LIBRARIES}/libcuda.so.1"))
        process = configuration["process"]
        process["terminal"] = False
        process["args"] = list(words)
        process["env"] += [*edits["env"], f"TIDELOCK_NAME={name}"]
        process["rlimits"] = []
        configuration["root"] = {"path": str(self.overlay(root, f"{name}-root"))}
        configuration["mounts"] += [
            {
                "source": each["hostPath"],
                "destination": each["containerPath"],
                "options": each["options"],
                "type": "none",
            }
            for each in [*edits["mounts"], mount(CLIENTS, "/clients")]
        ]
        # Where cgroups of both versions are mounted runc manages none for us.
        configuration["linux"].pop("resources", None)
        (directory / "config.json").write_text(json.dumps(configuration))
        state = ("--root", self.scratch / "runc-state")
        return ["runc", *state, "run", "--bundle", directory, f"{self.scratch.name}-{name}"]

    def test_two_containers_take_turns(self):
        agent = Agent(self)
        words = ("/clients/worker", "memory=70", "rounds=40", "pause=50")
        bundles = [self.bundle(agent, name, *words) for name in ("one", "two")]
        workers = [self.start(*bundle) for bundle in bundles]
        agent.swaps(2)
        for worker in workers:
            self.passes(worker)

    def test_a_root_with_an_old_c_library(self):
        agent = Agent(self)
        driver = telling_driver(self.scratch)
        words = ("/usr/bin/python3.9", "-c", WHICH_DRIVER)
        done = run(*self.bundle(agent, "old", *words, root=DEBIAN_11, driver=driver))
        self.assertEqual(done.stdout, WHICH_DRIVER_SAYS)


class EnvironmentTests(Case):
    def test_a_shell_sets_it(self):
        agent = Agent(self)
        name = "it's $HOME \"x\""
        command = [TIDELOCK, "env", "--socket", agent.socket, "--simulated-gpu", agent.simulated]
        lines = run(*command, "--name", name, "--limit", "40Mi").stdout
        script = f"{lines}exec {CLIENTS}/worker memory=32 rounds=100000 pause=10"
        self.start("sh", "-euc", script, env={"PATH": "/usr/bin:/bin"})
        eventually(lambda: name in agent.workloads(), "it is under Tidelock by its name")
        self.assertEqual(agent.workloads()[name]["limitBytes"], 40 << 20)

    def test_a_task_prolog_sets_it(self):
        """Slurm takes `export NAME=value` lines literally."""
        agent = Agent(self)
        command = [TIDELOCK, "env", "--for", "slurm", "--socket", agent.socket]
        command += ["--simulated-gpu", agent.simulated, "--name", "a name"]
        environment = {"LD_LIBRARY_PATH": "/nowhere"}
        lines = run(*command, env=environment).stdout.splitlines()
        for line in lines:
            verb, _, setting = line.partition(" ")
            self.assertEqual(verb, "export")
            variable, _, value = setting.partition("=")
            environment[variable] = value
        self.assertTrue(environment["LD_LIBRARY_PATH"].endswith(":/nowhere"))
        self.start(CLIENTS / "worker", "memory=8", "rounds=100000", "pause=10", env=environment)
        eventually(lambda: "a name" in agent.workloads(), "it is under Tidelock by its name")

    def test_a_shared_directory_is_not_shown_to_containers(self):
        done = run(TIDELOCK, "cdi", "--socket", "/tmp/agent.sock", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/tmp/tidelock/agent.sock", done.stdout)
