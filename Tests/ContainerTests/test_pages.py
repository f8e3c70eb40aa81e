"""What docs/containers.md tells a reader to type works.

Its `sh containers` blocks run word for word. Around them are a `podman` that adds what this machine
needs, a `tidelock` that is the build's, and in place of NVIDIA's toolkit one that offers the
simulated driver as that does the real one.
"""

import json
import pathlib
import re
import shlex
import subprocess

from harness import (
    CDI, CLIENTS, DEBIAN_12, LIBRARIES, ROOT, TIDELOCK, Agent, Case, Podman, run,
)
from waiting import PATIENCE, eventually

PAGE = ROOT / "docs/containers.md"
BLOCK = re.compile(r"^```sh containers\n(.*?)^```$", re.M | re.S)
STANDARD_LIBRARIES = "/usr/lib/x86_64-linux-gnu"
INSIDE = "/dev/shm/gpu"


class PageTests(Case):
    def setUp(self):
        super().setUp()
        self.podman = Podman(self)
        self.gpu = f"/dev/shm/{self.scratch.name}"
        for name in (self.gpu, self.gpu + ".agent-lock"):
            self.addCleanup(pathlib.Path(name).unlink, missing_ok=True)
        self.tools = self.scratch / "tools"
        self.tools.mkdir()
        (self.tools / "tidelock").symlink_to(TIDELOCK)
        (self.scratch / "dist").symlink_to(ROOT / "dist")
        CDI.mkdir(exist_ok=True)
        for name in ("nvidia.yaml", "tidelock.json"):
            self.addCleanup((CDI / name).unlink, missing_ok=True)
        more = [*self.podman.limits, f"--volume={CLIENTS}:/clients:ro"]
        self.tool("podman", f"""
            verb=$1; shift
            [ "$verb" != run ] || set -- {shlex.join(map(str, more))} "$@"
            exec /usr/bin/{shlex.join(map(str, self.podman.words))} "$verb" "$@" """)
        # YAML has all of JSON in it.
        self.tool("nvidia-ctk", f"""
            [ "$*" = "cdi generate --output=/etc/cdi/nvidia.yaml" ]
            cat >/etc/cdi/nvidia.yaml <<'END'
{json.dumps(self.toolkit())}
END""")

    def tool(self, name, script):
        path = self.tools / name
        path.write_text(f"#!/bin/sh\nset -eu\n{script}\n")
        path.chmod(0o755)

    def toolkit(self):
        """A specification that brings a driver: libraries in the standard place, the device."""
        def mount(host, container, mode):
            return {"hostPath": str(host), "containerPath": str(container),
                    "options": ["bind", mode]}
        libraries = ("libcuda.so.1", "libnvidia-ml.so.1")
        return {
            "cdiVersion": "0.3.0", "kind": "nvidia.com/gpu",
            "devices": [{"name": "all", "containerEdits": {"env": ["OTHER=1"]}}],
            "containerEdits": {
                "env": [f"TIDELOCK_SIMULATED_GPU={INSIDE}"],
                "mounts": [
                    *(mount(LIBRARIES / "simulated" / name, f"{STANDARD_LIBRARIES}/{name}", "ro")
                      for name in libraries),
                    mount(self.gpu, INSIDE, "rw")]}}

    def types(self, *blocks, socket=None):
        """Types the blocks into one shell, as root where the products are in dist/."""
        environment = {
            "PATH": f"{self.tools}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.scratch),
            "LANG": "C.UTF-8", "IMAGE": f"--rootfs {DEBIAN_12}:O",
            "COMMAND": "/clients/worker memory=8 rounds=2",
            **({"TIDELOCK_SOCKET": str(socket)} if socket else {})}
        done = subprocess.run(
            ["bash", "-euc", "".join(blocks)], cwd=self.scratch, env=environment, timeout=PATIENCE,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def blocks(self, wanted):
        found = [text for text in BLOCK.findall(PAGE.read_text()) if wanted in text]
        self.assertTrue(found, f"the page has no block with {wanted}")
        return found

    def test_programs_in_containers(self):
        agent = Agent(self)
        said = self.types(
            *self.blocks("nvidia-ctk"), *self.blocks("$IMAGE"), socket=agent.socket)
        self.assertEqual(said.count("intact\n"), 2, said)

    def test_environments(self):
        agent = Agent(self)
        said = self.types(*self.blocks("tidelock env --for slurm"), socket=agent.socket)
        self.assertIn(f"export TIDELOCK_SOCKET={agent.socket}\n", said)
        self.assertIn("ENV LD_PRELOAD=", (self.scratch / "Dockerfile").read_text())

    def test_the_agent_in_a_container(self):
        place = pathlib.Path("/run/tidelock")
        self.assertFalse(place.exists(), f"{place} is in use")
        self.addCleanup(run, "rm", "-rf", place)
        lock_files = set(pathlib.Path("/run/lock").iterdir())
        # As the driver makes its devices, before anybody asks for them.
        simulated = {"TIDELOCK_SIMULATED_GPU": f"{self.gpu},memory=96MiB",
                     "LD_LIBRARY_PATH": str(LIBRARIES / "simulated"), "PATH": "/usr/bin:/bin"}
        run(CLIENTS / "worker", "memory=8", "rounds=1", env=simulated)
        self.types(*self.blocks("nvidia-ctk")[:1], *self.blocks("podman load"))
        self.addCleanup(self.types, "podman stop --all --time 10 >/dev/null")
        socket = place / "agent.sock"
        eventually(
            lambda: run(TIDELOCK, "status", "--socket", socket, check=False).returncode == 0,
            "the agent answers")
        worker = (CLIENTS / "worker", "memory=70", "rounds=2")
        self.passes(self.start(TIDELOCK, "run", "--socket", socket, "--", *worker, env=simulated))
        for file in set(pathlib.Path("/run/lock").iterdir()) - lock_files:
            self.addCleanup(file.unlink)
