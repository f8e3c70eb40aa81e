"""N1, N2: what one gated call costs while the gate is open: instructions, atomics, system calls.
N14: what a small allocation and its free cost.

Two counts of each. Inside the preloaded object: what its code executes while the client makes its
calls. Plain difference: all that the client's calls execute, less the same without the object; it
contains besides what the driver below and libc's time functions do differently. Then what our two
threads do while nobody else wants the GPU, and the time of calls, interleaved.
"""
import os
import re
import statistics
import subprocess
import tempfile
import time

from setting import (INTERPOSER, SIMULATED, TIDELOCK, Agent, NotRun, Row, SimulatedGPU, client,
                     needs, needs_tool)

CALLS = {"launch": "cuLaunchKernel", "copy": "cuMemcpyHtoDAsync_v2"}
COUNT = 2000
STRACE_COUNT = 50000
TIMED_ROUNDS = 7
GOAL_INSTRUCTIONS, FLOOR_INSTRUCTIONS = 40, 17
GOAL_PAIR_INSTRUCTIONS = 400


def valgrind(what, folder):
    return ["valgrind", "--tool=callgrind", "--collect-bus=yes", "--collect-atstart=no",
            f"--toggle-collect=measured_{what}",
            f"--callgrind-out-file={os.path.join(folder, 'callgrind.%p')}"]


def costs_of_object(text, wanted):
    """Costs by event name of all code in one object (None: in any), callees elsewhere excluded,
    from a callgrind file: `ob=(ID) PATH` names the object of the cost lines that follow, `calls=`
    announces a line of inclusive costs."""
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
            if not skip and current and (
                    wanted is None or os.path.realpath(current) == os.path.realpath(wanted)):
                for event, cost in zip(events, line.split()[1:]):
                    sums[event] = sums.get(event, 0) + int(cost)
            skip = False
    return sums


def profile(words, environment, folder):
    """(instructions, bus events) per call inside the preloaded object, and of all code, from the
    callgrind run that `words` starts."""
    run = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300,
                         check=False)
    if run.returncode != 0:
        raise NotRun(f"callgrind: {(run.stdout + run.stderr).strip()[-300:]}")
    best = ((0, 0), (0, 0))
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        os.unlink(path)
        found = [costs_of_object(text, wanted) for wanted in (INTERPOSER, None)]
        best = max(best, tuple((sums.get("Ir", 0) / COUNT, sums.get("Ge", 0) / COUNT)
                               for sums in found), key=lambda pair: pair[1])
    return best


def system_calls(command, environment):
    """System calls of the program's first thread, from its start to its end."""
    with tempfile.NamedTemporaryFile(mode="r", suffix=".strace") as trace:
        run = subprocess.run(["strace", "-f", "-o", trace.name, *command], env=environment,
                             capture_output=True, text=True, timeout=300, check=False)
        if run.returncode != 0:
            raise NotRun(f"strace: {(run.stdout + run.stderr).strip()[-300:]}")
        lines = [line.split(None, 1) for line in trace.read().splitlines()]
    return sum(thread == lines[0][0] and "resumed>" not in rest for thread, rest in lines)


def measure():
    needs(INTERPOSER, os.path.join(SIMULATED, "libcuda.so.1"))
    needs_tool("valgrind")
    rows = []
    caller = client("caller")
    with tempfile.TemporaryDirectory() as folder, SimulatedGPU(memory="32MiB") as gpu:
        for what, name in CALLS.items():
            words = [*valgrind(what, folder), caller, what, str(COUNT)]
            plain = profile(words, gpu.environment(), folder)[1]
            rows += added(name, "no agent", profile(words, gpu.preloaded(), folder), plain)
            rows += with_agent(name, words, folder, plain)
        rows += pair([*valgrind("pair", folder), caller, "pair", str(COUNT)], folder)
    return rows + added_system_calls(caller) + idle_calls() + call_times()


def added(name, setting, found, plain):
    inside, whole = found
    if inside[0] == 0:
        raise NotRun("callgrind saw no instruction in the preloaded object")
    return [
        Row("N1", f"instructions added per {name}, {setting}", inside[0], "instructions",
            GOAL_INSTRUCTIONS, FLOOR_INSTRUCTIONS),
        Row("N1", f"the same as plain difference, {setting}", whole[0] - plain[0], "instructions"),
        Row("N2", f"atomic read-modify-writes added per {name}, {setting}", inside[1], "atomics",
            0, 0),
        Row("N2", f"the same as plain difference, {setting}", whole[1] - plain[1], "atomics"),
    ]


def pair(words, folder):
    """A block of 1000 bytes allocated and freed, resident and alone."""
    what = "instructions inside the object per cuMemAlloc_v2 and cuMemFree_v2 of 1000 bytes"
    try:
        needs(TIDELOCK)
        with SimulatedGPU(memory="32MiB") as gpu, Agent(gpu) as agent:
            found = profile(agent.command("caller", *words), dict(os.environ), folder)
        return [Row("N14", what, found[0][0], "instructions", GOAL_PAIR_INSTRUCTIONS)]
    except NotRun as reason:
        return [Row("N14", what, None, "instructions", GOAL_PAIR_INSTRUCTIONS, note=str(reason))]


def with_agent(name, words, folder, plain):
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
    """On the calling thread, as the difference of two runs with an agent and nobody else there."""
    row = Row("N2", "system calls added per cuLaunchKernel, gate open", None, "system calls", 0, 0)
    try:
        needs(TIDELOCK)
        needs_tool("strace")
        with SimulatedGPU(memory="32MiB") as gpu, Agent(gpu) as agent:
            counts = [system_calls(agent.command("caller", caller, "launch", str(count)),
                                   dict(os.environ))
                      for count in (0, STRACE_COUNT)]
        row.value = (counts[1] - counts[0]) / STRACE_COUNT
        row.note = f"{counts[0]} in a run without, {counts[1]} in one of {STRACE_COUNT}"
    except NotRun as reason:
        row.note = str(reason)
    return [row]


def idle_calls():
    """What our threads do in a program that sits still: system calls a second, by the clock."""
    row = Row("N2", "system calls of Tidelock's threads, program idle and alone", None,
              "calls per second")
    try:
        needs(TIDELOCK)
        needs_tool("strace")
        with SimulatedGPU(memory="32MiB") as gpu, Agent(gpu) as agent:
            program = subprocess.Popen(
                agent.command("idle", client("worker"), "memory=4", "rounds=1", "linger=8000"),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(1.5)
            row.value = attached(program.pid, seconds=5)
            program.wait()
    except NotRun as reason:
        row.note = str(reason)
    return [row]


def attached(pid, seconds):
    with tempfile.NamedTemporaryFile(mode="r", suffix=".strace") as trace:
        subprocess.run(["timeout", str(seconds), "strace", "-f", "-p", str(pid), "-o", trace.name],
                       capture_output=True, check=False)
        lines = [line for line in trace.read().splitlines() if "resumed>" not in line]
    if not lines:
        raise NotRun("strace could not attach")
    # The simulated driver's threads sleep without a time limit; each shows once, as does the main
    # thread in its pause.
    ours = [line for line in lines if re.search(r"poll\(|recvmsg\(|fstat\(", line)
            or "futex" in line and "tv_nsec" in line]
    return len(ours) / seconds


def call_times():
    """Medians: means say how busy the machine is, since a copy changes threads twice."""
    try:
        needs(TIDELOCK)
        timer = client("call-times")
        found = {"alone": {}, "under": {}}
        with SimulatedGPU(memory="32MiB") as gpu, Agent(gpu) as agent:
            ways = {"alone": ([timer, "2000"], gpu.environment()),
                    "under": (agent.command("timed", timer, "2000"), dict(os.environ))}
            for _ in range(TIMED_ROUNDS):
                for way, (command, environment) in ways.items():
                    run = subprocess.run(command, env=environment, capture_output=True, text=True,
                                         timeout=60, check=True)
                    for kind, value in re.findall(r"^(\w+) (\d+)$", run.stdout, re.M):
                        found[way].setdefault(kind, []).append(float(value))
    except (NotRun, subprocess.SubprocessError) as reason:
        return [Row("T1", "time of a call under Tidelock / alone", None, "ratio", note=str(reason))]
    return [
        Row("T1", f"time of a {kind} under Tidelock / alone, nothing swapped",
            statistics.median(found["under"][kind]) / statistics.median(alone), "ratio",
            note=f"medians of {TIMED_ROUNDS} interleaved runs")
        for kind, alone in found["alone"].items()
    ]
