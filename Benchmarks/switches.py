"""N3, N5: what a switch costs in system calls, and how many bytes it moves.

Two programs that do not fit together take turns. System calls of Tidelock's own code are told
from the driver's by the address they come from (strace -i): inside the preloaded object, or in
the agent.
"""
import os
import re
import subprocess
import tempfile

from setting import (INTERPOSER, TIDELOCK, Agent, NotRun, Row, SimulatedGPU, client, needs,
                     needs_tool)

MEMORY_MIB = 40
ROUNDS = 400
GOAL_PER_SWITCH, GOAL_PER_GIB, FLOOR_PER_SWITCH = 24, 2, 8


def own_calls(trace, output):
    """System calls whose instruction lies in our object's mapping."""
    with open(output, encoding="utf-8") as file:
        found = re.findall(r"^object (\w+) (\w+) (\S+)$", file.read(), re.M)
    ranges = [(int(start, 16), int(end, 16)) for start, end, path in found
              if os.path.realpath(path) == os.path.realpath(INTERPOSER)]
    if not ranges:
        raise NotRun("the program did not say where the preloaded object lies")
    count = 0
    with open(trace, encoding="utf-8", errors="replace") as file:
        for line in file:
            address = re.search(r"\[([0-9a-f]{8,16})\]", line)
            if address and "resumed>" not in line:
                place = int(address[1], 16)
                count += any(start <= place < end for start, end in ranges)
    return count


def play(rounds, folder):
    """(switches, calls of both programs, calls of the agent, most a program was seen to hold)."""
    agent_trace = os.path.join(folder, "agent")
    with SimulatedGPU(memory="64MiB") as gpu:
        with Agent(gpu, under=("strace", "-f", "-o", agent_trace)) as agent:
            worker = client("worker")
            running = []
            for name in ("one", "two"):
                output = open(os.path.join(folder, name + ".out"), "w", encoding="utf-8")
                running.append(subprocess.Popen(
                    ["strace", "-f", "-i", "-o", os.path.join(folder, name),
                     *agent.command(name, worker, f"memory={MEMORY_MIB}", f"rounds={rounds}",
                                    "check=0", "objects=1", "linger=1500")],
                    stdout=output, stderr=subprocess.STDOUT))
            swaps = follow(agent, running)
    own = sum(own_calls(os.path.join(folder, name), os.path.join(folder, name + ".out"))
              for name in ("one", "two"))
    with open(agent_trace, encoding="utf-8", errors="replace") as file:
        of_agent = sum("resumed>" not in line for line in file)
    return swaps, own, of_agent


def follow(agent, running):
    swaps, turns = {}, 0
    while any(process.poll() is None for process in running):
        status = agent.status() or {"workloads": []}
        for workload in status["workloads"]:
            swaps[workload["name"]] = workload["swapsOut"]
        turns += 1
        if turns > 600:
            for process in running:
                process.kill()
            raise NotRun("two programs did not end")
        try:
            running[0].wait(timeout=0.3)
        except subprocess.TimeoutExpired:
            pass
    if any(process.returncode for process in running):
        raise NotRun("a program failed under strace")
    return sum(swaps.values())


def measure():
    needs(INTERPOSER, TIDELOCK)
    needs_tool("strace")
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        first, second = play(4, few), play(ROUNDS, many)
    switches = second[0] - first[0]
    if switches <= 0:
        raise NotRun(f"no switch happened: {first} {second}")
    program, agent = ((second[i] - first[i]) / switches for i in (1, 2))
    goal = GOAL_PER_SWITCH + GOAL_PER_GIB * MEMORY_MIB / 1024
    return [
        Row("N3", f"system calls per switch of {MEMORY_MIB} MiB, programs", program,
            "system calls", goal, FLOOR_PER_SWITCH,
            note=f"{switches} switches; strace slows all, so that more polls fit in"),
        Row("N3", "system calls per switch, agent, its status answers included", agent,
            "system calls"),
        Row("N5", "bytes moved / bytes that left", None, "ratio", 1, 1,
            note="bytes copied are not in `tidelock status --json`"),
    ]
