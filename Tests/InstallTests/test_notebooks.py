"""`tidelock jupyter` at a terminal and among other people's files."""
import json
import os
import unittest

from ordinary import USER, Case
from waiting import eventually


class Kernels(Case):
    """One kernel whose Python takes its time to answer."""

    def setUp(self):
        super().setUp()
        self.kernels = self.home / ".local/share/jupyter/kernels"
        kernel = self.kernels / "python3"
        kernel.mkdir(parents=True)
        self.python = self.scratch / "python3"
        self.python.write_text("#!/bin/sh\nsleep 3\nexit 1\n")
        self.python.chmod(0o755)
        (kernel / "kernel.json").write_text(json.dumps({
            "argv": [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3", "language": "python"}))
        self.own(self.home)

    def own(self, directory):
        for path in [directory, *directory.rglob("*")]:
            os.chown(path, USER, -1, follow_symlinks=False)

    def test_it_writes_no_file_but_its_own(self):
        """What is there under a name that it might use for a while is left alone."""
        victim = self.home / "victim"
        victim.write_text("precious")
        place = self.kernels / "python3-shared-gpu"
        place.mkdir()
        planted = place / "kernel.json.part"
        planted.symlink_to(victim)
        self.own(self.home)
        status, output = self.run_tidelock("jupyter", "install", "--user")
        self.assertEqual(status, 0, output)
        self.assertEqual(victim.read_text(), "precious")
        self.assertEqual({file.name for file in place.iterdir()}, {"kernel.json", planted.name})

    def test_whoever_watches_is_told_what_takes_so_long(self):
        terminal, theirs = os.openpty()
        # Opened by number, so the user need not be able to open the terminal.
        process = self.start("jupyter", "install", "--user", stdout=theirs, stderr=theirs)
        os.close(theirs)
        said = []

        def is_told():
            try:
                said.append(os.read(terminal, 4096).decode())
            except OSError:  # It has ended.
                return True
            return "asking" in "".join(said)

        eventually(is_told, "a line about what is waited for")
        self.assertIn(f"asking {self.python} whether it has tidelock.notebook", "".join(said))
        while not is_over(terminal):
            pass
        self.assertEqual(process.wait(), 0)
        os.close(terminal)


def is_over(terminal):
    try:
        return not os.read(terminal, 4096)
    except OSError:
        return True


if __name__ == "__main__":
    unittest.main()
