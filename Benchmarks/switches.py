"""N3, N5: what a switch costs in system calls, and how many bytes it moves.

Two programs that do not fit together take turns. System calls are counted by Tidelock's own shims:
in the programs from taking an order to leave or to enter up to its answer, both included; in the
agent all of them, the answers to `tidelock status` taken off. Bytes are counted by the simulated
GPU. One further run is traced: strace counts the same windows by the address that calls come from.
"""
import os
import re
import subprocess
import tempfile

from setting import (INTERPOSER, TIDELOCK, Agent, NotRun, Row, SimulatedGPU, client, needs,
                     needs_tool)

MIB = 1 << 20
MEMORY_MIB = 40
GOAL_PER_SWITCH, GOAL_PER_GIB, FLOOR_PER_SWITCH = 24, 2, 8
LIMIT_SECONDS = 90
# How the programs work: pausing, so that each gives way at once; always, until its quantum ends.
KINDS = {"pausing": ("rounds=60", "pause=40"), "always busy": ("rounds=20000",)}
ORDERS, ANSWERS = ("C", "D"), ("\\t", "\\n")


def start(agent, name, words, output, under=()):
    worker = client("worker")
    return subprocess.Popen(
        ["timeout", "-s", "KILL", str(LIMIT_SECONDS), *under,
         *agent.command(name, worker, f"memory={MEMORY_MIB}", "check=0", "linger=3000",
                        *words)],
        stdout=output, stderr=subprocess.STDOUT)


def follow(agent, running):
    """Every status seen while both programs are there, until the first of them ends."""
    seen = []
    while all(process.poll() is None for process in running):
        status = agent.status()
        if status and len(status["workloads"]) == 2:
            seen.append(status)
        try:
            running[0].wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            pass
    if any(process.wait() for process in running):
        raise NotRun("a program failed or did not end")
    return seen


def status_cost(agent):
    """The agent's calls for one answer to `tidelock status`, asked while nothing else goes on. A
    tick of its clock may come in between, so the least of several counts."""
    counts = [agent.status()["agent"]["systemCalls"] for _ in range(8)]
    return min(b - a for a, b in zip(counts, counts[1:]))


def play(words):
    """What one run says of its switches."""
    with SimulatedGPU(memory="64MiB") as gpu, Agent(gpu) as agent:
        per_answer = status_cost(agent)
        lines_before = agent.log_lines()
        running = [start(agent, name, words, subprocess.DEVNULL) for name in ("one", "two")]
        seen = follow(agent, running)
        books = gpu.books()
        lines = agent.log_lines() - lines_before
    moving = [status for status in seen if status["agent"]["switches"] > 0]
    if len(moving) < 2 or moving[-1]["agent"]["switches"] - moving[0]["agent"]["switches"] < 10:
        raise NotRun("fewer than ten switches were seen")
    first, last = moving[0]["agent"], moving[-1]["agent"]
    switches = last["switches"] - first["switches"]
    answers = len(moving) - 1
    return {
        "switches": switches,
        "program": (last["programSystemCalls"] - first["programSystemCalls"]) / switches,
        "agent": (last["systemCalls"] - first["systemCalls"] - answers * per_answer) / switches,
        "status": per_answer, "answers": answers, "lines": lines,
        "said": sum(workload["bytesOut"] for workload in seen[-1]["workloads"]),
        # Each program copies all of its memory in at its start and out at its end.
        "out": books["bytes_out"] - 2 * MEMORY_MIB * MIB,
        "left": books["given_back_bytes"],
    }


def own_lines(trace, output):
    """Lines of a trace whose call was made inside our object, and the ends of calls."""
    with open(output, encoding="utf-8") as file:
        found = re.findall(r"^object (\w+) (\w+) (\S+)$", file.read(), re.M)
    ranges = [(int(begin, 16), int(end, 16)) for begin, end, path in found
              if os.path.realpath(path) == os.path.realpath(INTERPOSER)]
    if not ranges:
        raise NotRun("the program did not say where the preloaded object lies")
    with open(trace, encoding="utf-8", errors="replace") as file:
        for line in file:
            address = re.search(r"\[([0-9a-f]{8,16})\]", line)
            if address and any(begin <= int(address[1], 16) < end for begin, end in ranges):
                yield line


def windows(lines):
    """(calls from taking an order to its answer, calls between those windows, seconds between)."""
    inside, outside, pending, is_open = 0, 0, 0, False
    first = last = between = None
    before = {}
    for line in lines:
        at = float(re.search(r"\d+\.\d+", line)[0])
        thread = line.split()[0]
        # The fstat before a reception belongs to it, and a poll before that.
        reception = 3 if "poll(" in before.get(thread, ("", ""))[0] else 2
        before[thread] = (before.get(thread, ("", ""))[1], line)
        kind = re.search(r'TDLK\\1\\0(\\?.)\\0', line)
        is_call = "resumed>" not in line
        pending += is_call
        if "recvmsg" in line and kind and kind[1] in ORDERS and not is_open:
            if first is None:
                first, between = at, 0.0
            else:
                outside += pending - reception
                between += at - last
            is_open, pending = True, reception
        elif "sendmsg" in line and kind and kind[1] in ANSWERS and is_open:
            inside += pending
            is_open, pending, last = False, 0, at
    return inside, outside, between or 0.0


def traced(words):
    """(calls in windows by strace, the same by the shim, calls per second between windows)."""
    needs_tool("strace")
    with tempfile.TemporaryDirectory() as folder, SimulatedGPU(memory="64MiB") as gpu:
        with Agent(gpu) as agent:
            running = []
            for name in ("one", "two"):
                with open(os.path.join(folder, name + ".out"), "w", encoding="utf-8") as output:
                    under = ("strace", "-f", "-i", "-ttt", "-o", os.path.join(folder, name))
                    running.append(start(agent, name, [*words, "objects=1"], output, under))
            said = follow(agent, running)[-1]["agent"]["programSystemCalls"]
        found = [windows(own_lines(os.path.join(folder, name), os.path.join(folder, name + ".out")))
                 for name in ("one", "two")]
    inside, outside, seconds = (sum(column) for column in zip(*found))
    return inside, said, outside / seconds if seconds else None


def rows_of(kind, run):
    goal = GOAL_PER_SWITCH + GOAL_PER_GIB * run["out"] / run["switches"] / (1 << 30)
    what = f"system calls per switch, programs {kind}"
    note = f"{run['switches']} switches of {run['said'] / run['switches'] / MIB:.0f} MiB or less"
    return [
        Row("N3", what + ": in programs and agent", run["program"] + run["agent"],
            "system calls", goal, FLOOR_PER_SWITCH, note=note),
        Row("N3", what + ": in programs", run["program"], "system calls"),
        Row("N3", what + ": in the agent", run["agent"], "system calls",
            note=f"less {run['answers']} status answers of {run['status']}; "
                 f"{run['lines']} log lines are not its own calls"),
    ]


def traced_rows():
    try:
        inside, said, rate = traced(KINDS["pausing"])
    except NotRun as reason:
        return [Row("N3", "calls in switches, strace / own shim", None, "ratio", note=str(reason))]
    return [
        Row("N3", "calls in switches, strace / own shim, same run", inside / said, "ratio",
            note=f"{inside} against {said}"),
        Row("N3", "calls of a program between switches while others wait", rate,
            "calls per second", note="watching, and asking for the GPU; under strace"),
    ]


def measure():
    needs(INTERPOSER, TIDELOCK)
    rows, runs = [], []
    for kind, words in KINDS.items():
        runs.append(play(words))
        rows += rows_of(kind, runs[-1])
    rows += traced_rows()
    out, left, said = (sum(run[key] for run in runs) for key in ("out", "left", "said"))
    return rows + [
        Row("N5", "bytes that crossed the link / bytes that left", out / left, "ratio", 1, 1,
            note=f"the simulated GPU's books: {out / MIB:.0f} MiB out, {left / MIB:.0f} MiB given "
                 f"back; Tidelock says {said / MIB:.0f} MiB"),
    ]
