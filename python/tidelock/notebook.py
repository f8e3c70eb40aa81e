"""What a notebook tells about the GPU it shares: `%tidelock`, and a line when a cell waits for it.

The kernels that `tidelock jupyter install` adds load this by themselves; in another one that runs
under `tidelock run` it is `%load_ext tidelock.notebook`.
"""
import json
import os
import shutil
import subprocess
import sys
import threading
import time

ANSWER_SECONDS = 5
# For questions that nobody asked: no cell is to take longer for them.
UNASKED_ANSWER_SECONDS = 1
# A cell shorter than this did not wait long enough to be told.
TOLD_SECONDS = 0.1
# After so long a running cell is looked at, and again after twice as long, up to the last.
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 1.0, 60.0


class NoAnswer(Exception):
    """The agent cannot be asked; says why and what to do."""


def ask(seconds=ANSWER_SECONDS):
    """`tidelock status --json` as a dictionary."""
    command = os.environ.get("TIDELOCK_COMMAND") or shutil.which("tidelock")
    if command is None:
        raise NoAnswer("no tidelock command is in PATH; is Tidelock installed?")
    # The command itself is no program to share a GPU with.
    surroundings = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    try:
        answer = subprocess.run(
            [command, "status", "--json"], env=surroundings, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds, check=False)
        if answer.returncode == 0:
            return json.loads(answer.stdout)
        why = answer.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise NoAnswer(why[0].replace("Error: ", "", 1))
    except (OSError, ValueError, subprocess.TimeoutExpired) as problem:
        raise NoAnswer(f"{command} status: {problem}") from problem


def quantity(count):
    """Bytes for people, like `tidelock status` writes them."""
    size, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.1f} {unit}".replace(".0 ", " ")


def holders(status, besides=None):
    """Who has memory on the GPU, most first, in words."""
    programs = sorted((one for one in status["workloads"]
                       if one["residentBytes"] and one["pid"] != besides),
                      key=lambda one: -one["residentBytes"])
    return ", ".join(f"{one['name']} (process {one['pid']}, {quantity(one['residentBytes'])})"
                     for one in programs)


def reason(program, status):
    """Why a program is not on the GPU now, or why it does not give way; empty if there is none."""
    cause = program.get("cause", "")
    state = program["state"]
    if state in ("waiting", "swapping-in"):
        others = holders(status, besides=program["pid"])
        held = f"waits until there is room; the GPU is held by {others}" if others else \
            "waits for its memory to come back"
        return f"{held}; {cause}" if cause else held
    if state == "swapped-out":
        return "its memory comes back with its next use of the GPU"
    return cause


def describe(status, own):
    """The whole picture as lines of text; the program `own` is marked."""
    lines = []
    for number, gpu in enumerate(status["gpus"]):
        foreign = gpu["foreignBytes"]
        outside = f", {quantity(foreign)} outside Tidelock" if foreign else ""
        lines.append(f"GPU {number}: {quantity(gpu['capacityBytes'])} to share, "
                     f"{quantity(gpu['residentBytes'])} in use{outside}")
    programs = sorted(status["workloads"], key=lambda one: (-one["residentBytes"], one["pid"]))
    names = [f"{one['name']} (process {one['pid']})" for one in programs]
    width = max(map(len, names), default=0)
    for name, one in zip(names, programs):
        mark = "*" if one["pid"] == own else " "
        memory = f"{quantity(one['residentBytes'])} of {quantity(one['footprintBytes'])}"
        why = reason(one, status)
        lines.append(f"{mark} {name:<{width}}  {one['state']:<12}  {memory} on the GPU"
                     + (f"; {why}" if why else ""))
    if any(one["pid"] == own for one in programs):
        lines.append("* this notebook")
    else:
        lines.append("This notebook has not used the GPU yet."
                     if "TIDELOCK_SOCKET" in os.environ else
                     "This notebook does not run under Tidelock; choose a kernel (shared GPU).")
    return "\n".join(lines)


class Watch:
    """Looks after a cell: says once when it waits for the GPU, and at its end how long it did."""

    def __init__(self, ask_status=ask, own=None, output=None):
        self.ask, self.own, self.output = ask_status, own or os.getpid(), output
        self.known_seconds = 0.0
        self.began_at = None
        self.ended = threading.Event()

    def say(self, text):
        print("tidelock: " + text, file=self.output or sys.stderr, flush=True)

    def look(self):
        """This program's part of the status, and the status; None where it is not known."""
        try:
            status = self.ask(UNASKED_ANSWER_SECONDS)
        except NoAnswer:
            return None, None
        for one in status["workloads"]:
            if one["pid"] == self.own:
                return one, status
        return None, status

    def before_cell(self, *_):
        self.began_at = time.monotonic()
        self.ended = threading.Event()
        # Runs while the cell waits in a call that lets other threads run, as most libraries do.
        threading.Thread(target=self.follow, args=(self.ended,), daemon=True,
                         name="tidelock-watch").start()

    def follow(self, ended):
        pause = FIRST_LOOK_SECONDS
        while not ended.wait(pause):
            one, status = self.look()
            if one and one["state"] in ("waiting", "swapping-in") and not ended.is_set():
                self.say(reason(one, status))
                return
            pause = min(pause * 2, LAST_LOOK_SECONDS)

    def after_cell(self, *_):
        self.ended.set()
        took = time.monotonic() - self.began_at if self.began_at is not None else 0
        if took < TOLD_SECONDS:
            return
        one, _ = self.look()
        if one is None:
            return
        # What earlier cells waited without being asked about is not this one's.
        waited = min(one["waitSeconds"] - self.known_seconds, took)
        self.known_seconds = one["waitSeconds"]
        if waited >= TOLD_SECONDS:
            self.say(f"this cell waited {waited:.1f} s for the GPU")


watches = {}


def load_ipython_extension(shell):
    """What IPython calls when it loads this."""
    def tidelock(line):
        """Who holds the GPU, and why one waits."""
        try:
            print(describe(ask(), os.getpid()))
        except NoAnswer as problem:
            print(f"tidelock: {problem}")

    shell.register_magic_function(tidelock, "line", "tidelock")
    if "TIDELOCK_SOCKET" in os.environ and shell not in watches:
        watch = watches[shell] = Watch()
        shell.events.register("pre_run_cell", watch.before_cell)
        shell.events.register("post_run_cell", watch.after_cell)


def unload_ipython_extension(shell):
    """Takes the watch away; the magic stays, as IPython forgets none."""
    watch = watches.pop(shell, None)
    if watch:
        shell.events.unregister("pre_run_cell", watch.before_cell)
        shell.events.unregister("post_run_cell", watch.after_cell)
