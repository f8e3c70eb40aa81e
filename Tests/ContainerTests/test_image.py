"""The agent's image: an agent in a container serves programs in other containers and outside."""

import json

from harness import (
    CLIENTS, DEBIAN_12, IMAGE, IMAGE_NAME, PACKAGE, ROOT, TIDELOCK, Agent, Case, Podman, run,
)
from waiting import eventually


class ImageTests(Case):
    def setUp(self):
        super().setUp()
        self.podman = Podman(self)
        run(*self.podman.words, "load", "--input", IMAGE)

    def test_it_serves_containers_and_the_host(self):
        directory = self.scratch / "run"
        container = [
            *(*self.podman.words, "run", *self.podman.limits),
            # As an agent needs it: programs under their numbers, the lock file that agents share.
            *("--pid=host", "--read-only", f"--volume={directory}:{directory}"),
            *("--volume=/dev/shm:/dev/shm", "--volume=/run/lock:/run/lock", IMAGE_NAME),
        ]
        agent = Agent(self, command=container)
        agent.offer()
        words = ("memory=70", "rounds=40", "pause=50")
        inside = self.podman.container(DEBIAN_12, "/clients/worker", *words)
        outside = [TIDELOCK, "run", "--socket", agent.socket, "--", CLIENTS / "worker", *words]
        workers = [self.start(*inside), self.start(*outside)]
        agent.swaps(2)
        for worker in workers:
            self.passes(worker)
        self.assertIn("ended", agent.process.log.read_text())

    def test_everybody_may_connect_to_it(self):
        """At the standard place, as docs/containers.md starts it, whatever the umask is."""
        directory = self.scratch / "standard"
        directory.mkdir(mode=0o700)
        gpu = f"/dev/shm/{self.scratch.name}"
        self.addCleanup(run, "rm", "-f", gpu, gpu + ".agent-lock")
        container = [
            *(*self.podman.words, "run", *self.podman.limits, "--pid=host", "--umask=0077"),
            *(f"--volume={directory}:/run/tidelock", "--volume=/dev/shm:/dev/shm", IMAGE_NAME),
            *("agent", "--pool-size=256Mi", "--simulated-gpu", f"memory=96MiB,path={gpu}"),
        ]
        agent = self.start(*container)
        socket = directory / "agent.sock"
        eventually(lambda: socket.exists() and "listening" in agent.log.read_text(), "it serves")
        self.assertEqual(socket.stat().st_mode & 0o777, 0o666)
        self.assertEqual(directory.stat().st_mode & 0o777, 0o711)

    def test_its_default_is_an_agent(self):
        done = run(*self.podman.words, "run", *self.podman.limits, IMAGE_NAME, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("install the NVIDIA driver", done.stdout)

    def test_little_is_in_it(self):
        inspected = json.loads(run(*self.podman.words, "inspect", IMAGE_NAME).stdout)[0]
        self.assertEqual(inspected["Config"]["Entrypoint"], ["/usr/bin/tidelock"])
        print(f"{inspected['Size'] / 1e6:.0f} MB ", end="")
        self.assertLess(inspected["Size"], 80e6)
        shell = [*self.podman.words, "run", *self.podman.limits, "--entrypoint=/bin/sh", IMAGE_NAME]
        self.assertNotEqual(run(*shell, "-c", "true", check=False).returncode, 0)

    def test_it_is_the_same_whenever_it_is_made(self):
        again = run(ROOT / "Tools/make-image", PACKAGE, self.scratch).stdout.split()[-1]
        with open(again, "rb") as one, open(IMAGE, "rb") as other:
            self.assertEqual(one.read(), other.read())
