"""The Debian package: installed, used, upgraded under running programs, removed. It goes into the
layers that `Tools/test-containers` puts over this machine's directories."""

import json
import os
import pathlib
import shutil
import stat
import string

from harness import BUILD, CLIENTS, PACKAGE, ROOT, VERSION, Agent, Case, run
from waiting import eventually

INSTALLED = pathlib.Path("/usr/bin/tidelock")
INTERPOSER = pathlib.Path("/usr/lib/tidelock/libcuda.so.1")
SETTINGS = pathlib.Path("/etc/default/tidelock")
LAYERS = pathlib.Path(os.environ["TIDELOCK_LAYERS"])
# What dpkg and the manual pages keep for themselves.
BOOKS = ("/var/lib/dpkg", "/var/cache/man", "/var/log", "/var/cache/debconf")


def make_package(products, destination, *version):
    """Compressed in a hurry."""
    environment = {**os.environ, "DEB_LEVEL": "0"}
    words = (ROOT / "Tools/make-deb", products, destination, *version)
    return pathlib.Path(run(*words, env=environment).stdout.strip())


def files():
    """What was written over this machine's directories: files, and directories of our name."""
    found = set()
    for directory, names, more in os.walk(LAYERS):
        place = pathlib.Path("/", pathlib.Path(directory).relative_to(LAYERS))
        # What was there and is gone is a character device in a layer.
        found.update(place / name for name in more if not is_device(directory, name))
        found.update(place / name for name in names if "tidelock" in name)
    return {str(path) for path in found if not str(path).startswith(BOOKS)}


def is_device(directory, name):
    return stat.S_ISCHR(os.lstat(os.path.join(directory, name)).st_mode)


def elsewhere():
    """What there is of the package in places that no layer covers: sockets, lock and memory files,
    processes."""
    places = [pathlib.Path(place) for place in ("/run", "/run/lock", "/dev/shm")]
    found = {str(file) for place in places for file in place.glob("*tidelock*")}
    for link in pathlib.Path("/proc").glob("[0-9]*/exe"):
        try:
            if str(link.readlink()).startswith(str(INSTALLED)):
                found.add(str(link))
        except OSError:
            continue
    return found


class PackageTests(Case):
    def later(self):
        """A later version, with another interposer: bytes after the end of an object change
        nothing but its file."""
        products = self.scratch / "products"
        shutil.copytree(BUILD, products)
        with open(products / "lib/tidelock/libcuda.so.1", "ab") as file:
            file.write(b"later\n")
        return make_package(products, self.scratch, f"{VERSION}+later")

    def program(self, agent, name, rounds):
        options = ("--socket", agent.socket, "--name", name)
        words = ("memory=70", f"rounds={rounds}", "pause=200")
        return self.start(INSTALLED, "run", *options, "--", CLIENTS / "worker", *words)

    def test_a_life(self):
        later = self.later()
        before, before_elsewhere = files(), elsewhere()
        run("dpkg", "--install", PACKAGE)
        self.addCleanup(run, "dpkg", "--purge", "tidelock")
        self.assertEqual(run("dpkg", "--verify", "tidelock").stdout, "")
        enabled = pathlib.Path("/etc/systemd/system/sockets.target.wants/tidelock.socket")
        self.assertTrue(enabled.is_symlink())
        self.assertIn("--limit", run("man", "tidelock-run").stdout)
        words = "source /usr/share/bash-completion/completions/tidelock; complete -p tidelock"
        self.assertIn("tidelock", run("bash", "-euc", words).stdout)
        for file in ("zsh/vendor-completions/_tidelock", "fish/vendor_completions.d/tidelock.fish"):
            self.assertTrue(pathlib.Path("/usr/share", file).exists())
        with open(SETTINGS, "a") as file:
            file.write("TIDELOCK_AGENT_OPTIONS=\n")
        self.kernel_has_the_module()

        agent = Agent(self, command=[INSTALLED])
        programs = [self.program(agent, name, 60) for name in ("one", "two")]
        eventually(lambda: "round 5" in programs[0].log.read_text(), "it works")
        old = INTERPOSER.stat().st_ino
        run("dpkg", "--install", later)
        self.assertNotEqual(INTERPOSER.stat().st_ino, old, "replaced, not rewritten")
        self.assertTrue(INTERPOSER.read_bytes().endswith(b"later\n"))
        self.assertIn("AGENT_OPTIONS=\n", SETTINGS.read_text())
        for program in programs:
            self.assertIsNone(program.poll(), program.log.read_text())
            maps = pathlib.Path(f"/proc/{program.pid}/maps").read_text()
            self.assertIn(f"{INTERPOSER} (deleted)", maps)

        # The new agent takes over programs that have the old object in them.
        self.end(agent.process)
        agent.start([INSTALLED])
        eventually(lambda: set(agent.workloads()) == {"one", "two"}, "it knows both programs")
        for program in programs:
            self.passes(program)
        self.passes(self.program(agent, "new", 2))

        run("dpkg", "--remove", "tidelock")
        self.assertEqual(files() - before, {str(SETTINGS), *unit_state()})
        run("dpkg", "--purge", "tidelock")
        self.assertEqual(files() - before, set())
        self.end(agent.process)
        agent.remove()
        self.assertEqual(elsewhere() - before_elsewhere, set())

    def kernel_has_the_module(self):
        """A notebook's kernel of a Python that knows nothing of the package."""
        jupyter = self.scratch / "share/jupyter"
        (jupyter / "kernels/python3").mkdir(parents=True)
        (jupyter / "kernels/python3/kernel.json").write_text(json.dumps({
            "argv": ["/usr/bin/python3", "-m", "ipykernel_launcher"], "display_name": "Python 3"}))
        run(INSTALLED, "jupyter", "install", "--prefix", self.scratch)
        made = json.loads((jupyter / "kernels/python3-shared-gpu/kernel.json").read_text())
        self.assertEqual(made["argv"][-1], "--IPKernelApp.extra_extensions=tidelock.notebook")
        path = string.Template(made["env"]["PYTHONPATH"]).safe_substitute(os.environ)
        # As root, so that Python leaves its own file there.
        run("/usr/bin/python3", "-c", "import tidelock.notebook", cwd="/", env={"PYTHONPATH": path})

    def test_it_is_not_removed_from_under_programs_that_need_the_agent(self):
        """Their memory would be in RAM with nobody to say when it may come back."""
        place = pathlib.Path("/run/tidelock")
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        run("dpkg", "--install", PACKAGE)
        self.addCleanup(run, "dpkg", "--purge", "tidelock")
        agent = Agent(self, command=[INSTALLED], directory=place)
        programs = [self.program(agent, name, 30) for name in ("one", "two")]
        eventually(lambda: "round 5" in programs[0].log.read_text(), "it works")
        done = run("dpkg", "--remove", "tidelock", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"without an agent (one|two) \(process \d+\)")
        self.assertTrue(INSTALLED.exists())
        status = run("dpkg-query", "--show", "--showformat=${Status}", "tidelock").stdout
        self.assertTrue(status.endswith(" ok installed"), status)
        # Nothing has changed for them.
        for program in programs:
            self.passes(program)
        eventually(lambda: not agent.workloads(), "the agent knows of their end")
        # With one that is whole on the GPU it goes, and the program on.
        alone = self.program(agent, "alone", 30)
        eventually(lambda: "round 2" in alone.log.read_text(), "it works")
        run("dpkg", "--remove", "tidelock")
        self.end(agent.process)
        self.passes(alone)
        run("dpkg", "--purge", "tidelock")
        self.assertFalse(place.exists())

    def test_its_form(self):
        done = run(
            *("lintian", "--allow-root", "--fail-on", "error,warning", PACKAGE), check=False
        )
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_it_is_the_same_whoever_makes_it(self):
        made = []
        for mask in (0o022, 0o077):
            directory = self.scratch / str(mask)
            self.addCleanup(os.umask, os.umask(mask))
            made.append(make_package(BUILD, directory).read_bytes())
        self.assertEqual(*made)


def unit_state():
    """What is kept of the socket's being enabled until the package is purged."""
    kept = "/etc/systemd/system/sockets.target.wants"
    state = "/var/lib/systemd/deb-systemd-helper-enabled"
    return {path for path in files() if path.startswith((kept, state)) and "tidelock" in path}
