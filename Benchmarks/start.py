"""R1: what `tidelock run` adds to the start of a program, with an agent up and the GPU free."""
import os
import statistics
import subprocess
import time

from setting import TIDELOCK, Agent, Row, SimulatedGPU, needs

ROUNDS = 200


def milliseconds(words, environment):
    began = time.perf_counter()
    subprocess.run(words, env=environment, check=True)
    return (time.perf_counter() - began) * 1e3


def measure():
    needs(TIDELOCK)
    with SimulatedGPU() as gpu, Agent(gpu) as agent:
        environment = {name: text for name, text in os.environ.items()
                       if not name.startswith("TIDELOCK_")}
        plain, managed = [], []
        for _ in range(ROUNDS):
            plain.append(milliseconds(["true"], environment))
            managed.append(milliseconds(agent.command("true", "true"), environment))
    before, after = statistics.median(plain), statistics.median(managed)
    note = f"medians of {ROUNDS}, in turn: {before:.2f} and {after:.2f} ms"
    return [
        Row("R1", "`tidelock run true` less `true`", after - before, "ms", goal=20, note=note),
        Row("R1", "`tidelock run true` / `true`", after / before, "", note="spawn to exit"),
    ]
