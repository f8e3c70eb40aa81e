"""N1, N2: what one gated call costs while the gate is open: instructions, atomics, system calls.

Counted is what runs inside the preloaded object while the client makes its calls. (The difference
to a run without it says the same where the driver does the same; the simulated one does not quite.)
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


def costs_of_object(text, wanted):
    """Costs by event name of all code in one object, callees elsewhere excluded, from a callgrind
    file: `ob=(ID) PATH` names the object of the cost lines that follow, `calls=` announces a line
    of inclusive costs."""
    events, names, current, skip = [], {}, None, False
    sums = {}
    for line in text.splitlines():
        found = re.match(r"(c?ob)=\((\d+)\)(?: (.*))?$", line)
        if found:
            if found[3]:
                names[found[2]] = found[3]
            if found[1] == "ob":
                current = names[found[2]]
        elif line.startswith("events: "):
            events = line.split()[1:]
        elif line.startswith("calls="):
            skip = True
        elif re.match(r"[+*\d-]", line):
            if not skip and current and os.path.realpath(current) == os.path.realpath(wanted):
                for event, cost in zip(events, line.split()[1:]):
                    sums[event] = sums.get(event, 0) + int(cost)
            skip = False
    return sums


def profile(words, environment, folder):
    """(instructions, bus events) per call inside the preloaded object, from the callgrind run that
    `words` starts."""
    run = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300,
                         check=False)
    if run.returncode != 0:
        raise NotRun(f"callgrind: {(run.stdout + run.stderr).strip()[-300:]}")
    best = (0, 0)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as file:
            sums = costs_of_object(file.read(), INTERPOSER)
        os.unlink(path)
        best = max(best, (sums.get("Ir", 0) / COUNT, sums.get("Ge", 0) / COUNT))
    if best[0] == 0:
        raise NotRun("callgrind saw no instruction in the preloaded object")
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
            rows += added(name, "no agent", profile(words, gpu.preloaded(), folder))
            rows += with_agent(name, words, folder)
    return rows + added_system_calls(caller)


def added(name, setting, found):
    return [
        Row("N1", f"instructions added per {name}, {setting}", found[0], "instructions",
            GOAL_INSTRUCTIONS, FLOOR_INSTRUCTIONS),
        Row("N2", f"atomic read-modify-writes added per {name}, {setting}", found[1], "atomics",
            0, 0),
    ]


def with_agent(name, words, folder):
    """The same under `tidelock run`; valgrind hands the preload on to the program."""
    try:
        needs(TIDELOCK)
        with SimulatedGPU(memory="32MiB") as gpu, Agent(gpu) as agent:
            found = profile(agent.command("caller", *words), dict(os.environ), folder)
        return added(name, "gate open", found)
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
        row.value = abs(round((counts[1] - counts[0]) / STRACE_COUNT, 2))
    except NotRun as reason:
        row.note = str(reason)
    return [row]
