"""R1: what `tidelock run` adds to the start of a program, with an agent up and the GPU free."""
import contextlib
import os
import statistics
import subprocess
import time

from setting import TIDELOCK, Agent, Row, SimulatedGPU, needs

ROUNDS = 200


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
    before, after = statistics.median(plain), statistics.median(managed)
    note = f"medians of {ROUNDS} each, in turn: {before:.2f} and {after:.2f} ms"
    if not is_alone:
        note += "; among everything else that runs here, for want of permission"
    return [
        Row("R1", "`tidelock run true` less `true`", after - before, "ms", goal=20, note=note),
        Row("R1", "`tidelock run true` / `true`", after / before, "", note="spawn to exit"),
    ]
