"""R1: what `tidelock run` adds to the start of a program, with an agent up and the GPU free."""
import contextlib
import os
import re
import statistics
import subprocess
import tempfile
import time

from setting import TIDELOCK, Agent, NotRun, Row, SimulatedGPU, needs, needs_tool

ROUNDS = 200
# System calls from the start of `tidelock run` to that of the program, the loader's among them.
CALLS_MAX = 180


@contextlib.contextmanager
def undisturbed():
    """Before all ordinary processes of the machine, where that is allowed; whether it is."""
    before, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, before, parameters)


def calls_before(program, lines):
    """What strace saw before `program` (a path) began: system calls, and processes and threads that
    were made for it."""
    begins = next((at for at, line in enumerate(lines)
                   if f'execve("{program}"' in line and line.endswith(" = 0")), None)
    if begins is None:
        raise NotRun(f"strace saw no start of {program}")
    before = lines[:begins]
    return len(before), sum(bool(re.search(r"\b(v?fork|clone3?)\(", line)) for line in before)


def count(agent, environment):
    row = Row("R1", "system calls before the program begins", None, "system calls", CALLS_MAX)
    made = Row("R1", "processes and threads made before it", None, "", 0, 0)
    try:
        needs_tool("strace")
        with tempfile.NamedTemporaryFile(mode="r", suffix=".strace") as trace:
            words = ["strace", "-f", "-qq", "-o", trace.name, *agent.command("true", "/bin/true")]
            subprocess.run(words, env=environment, check=True)
            row.value, made.value = calls_before("/bin/true", trace.read().splitlines())
    except NotRun as reason:
        row.note = made.note = str(reason)
    return [row, made]


def milliseconds(words, environment):
    began = time.perf_counter()
    subprocess.run(words, env=environment, check=True)
    return (time.perf_counter() - began) * 1e3


def measure():
    needs(TIDELOCK)
    plain, managed = [], []
    environment = {name: text for name, text in os.environ.items()
                   if not name.startswith("TIDELOCK_")}
    with undisturbed() as is_alone, SimulatedGPU() as gpu, Agent(gpu) as agent:
        for _ in range(ROUNDS):
            plain.append(milliseconds(["true"], environment))
            managed.append(milliseconds(agent.command("true", "true"), environment))
        counts = count(agent, environment)
    before, after = statistics.median(plain), statistics.median(managed)
    note = f"medians of {ROUNDS} each, in turn: {before:.2f} and {after:.2f} ms"
    if not is_alone:
        note += "; among everything else that runs here, for want of permission"
    return counts + [
        Row("R1", "`tidelock run true` less `true`", after - before, "ms", goal=20, note=note),
        Row("R1", "`tidelock run true` / `true`", after / before, "", note="spawn to exit"),
    ]
