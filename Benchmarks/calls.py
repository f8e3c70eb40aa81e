"""N1, N2: what one gated call costs while the gate is open: instructions, atomics, system calls.

The client makes calls that the driver refuses at once, always alike, so that the difference between
a run with and a run without the interposer is the interposer.
"""
import os
import re
import subprocess
import tempfile

from setting import (INTERPOSER, SIMULATED, TIDELOCK, Agent, NotRun, Row, SimulatedGPU, client,
                     needs, needs_tool)

CALLS = {"launch": "cuLaunchKernel", "copy": "cuMemcpyHtoDAsync_v2"}
COUNT = 2000
STRACE_COUNT = 50000
GOAL_INSTRUCTIONS, FLOOR_INSTRUCTIONS = 40, 17


def valgrind(what, folder):
    return ["valgrind", "--tool=callgrind", "--collect-bus=yes", "--collect-atstart=no",
            f"--toggle-collect=measured_{what}",
            f"--callgrind-out-file={os.path.join(folder, 'callgrind.%p')}"]


def profile(words, environment, folder):
    """(instructions, bus events) per call, from the callgrind run that `words` starts."""
    run = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300,
                         check=False)
    if run.returncode != 0:
        raise NotRun(f"callgrind: {(run.stdout + run.stderr).strip()[-300:]}")
    best = (0, 0)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        os.unlink(path)
        events = re.search(r"^events: (.*)$", text, re.M)
        totals = re.search(r"^(?:totals|summary): (.*)$", text, re.M)
        if events and totals:
            figures = dict(zip(events[1].split(), map(int, totals[1].split())))
            best = max(best, (figures.get("Ir", 0) / COUNT, figures.get("Ge", 0) / COUNT))
    if best[0] == 0:
        raise NotRun("callgrind saw no measured call")
    return best


def system_calls(command, environment):
    """All system calls of a run, threads included."""
    with tempfile.NamedTemporaryFile(mode="r", suffix=".strace") as counts:
        run = subprocess.run(["strace", "-f", "-c", "-U", "calls", "-o", counts.name, *command],
                             env=environment, capture_output=True, text=True, timeout=300,
                             check=False)
        if run.returncode != 0:
            raise NotRun(f"strace: {(run.stdout + run.stderr).strip()[-300:]}")
        return sum(int(line) for line in counts.read().split() if line.isdigit())


def measure():
    needs(INTERPOSER, os.path.join(SIMULATED, "libcuda.so.1"))
    needs_tool("valgrind")
    rows = []
    caller = client("caller")
    with tempfile.TemporaryDirectory() as folder, SimulatedGPU(memory="32MiB") as gpu:
        for what, name in CALLS.items():
            words = [*valgrind(what, folder), caller, what, str(COUNT)]
            plain = profile(words, gpu.environment(), folder)
            rows += added(name, "no agent", profile(words, gpu.preloaded(), folder), plain)
            rows += with_agent(name, words, plain, folder)
    return rows + added_system_calls(caller)


def added(name, setting, found, plain):
    return [
        Row("N1", f"instructions added per {name}, {setting}", found[0] - plain[0],
            "instructions", GOAL_INSTRUCTIONS, FLOOR_INSTRUCTIONS),
        Row("N2", f"atomic read-modify-writes added per {name}, {setting}",
            found[1] - plain[1], "atomics", 0, 0),
    ]


def with_agent(name, words, plain, folder):
    """The same under `tidelock run`; valgrind hands the preload on to the program."""
    try:
        needs(TIDELOCK)
        with SimulatedGPU(memory="32MiB") as gpu, Agent(gpu) as agent:
            found = profile(agent.command("caller", *words), dict(os.environ), folder)
        return added(name, "gate open", found, plain)
    except NotRun as reason:
        return [Row("N1", f"instructions added per {name}, gate open", None, "instructions",
                    GOAL_INSTRUCTIONS, FLOOR_INSTRUCTIONS, note=str(reason))]


def added_system_calls(caller):
    row = Row("N2", "system calls added per cuLaunchKernel, no agent", None, "system calls", 0, 0)
    try:
        needs_tool("strace")
        with SimulatedGPU(memory="32MiB") as gpu:
            counts = [system_calls([caller, "launch", str(count)], gpu.preloaded())
                      for count in (0, STRACE_COUNT)]
        # Threads that wake up by the clock make a few calls in the longer run, whatever it does.
        row.value = round((counts[1] - counts[0]) / STRACE_COUNT, 2)
    except NotRun as reason:
        row.note = str(reason)
    return [row]
