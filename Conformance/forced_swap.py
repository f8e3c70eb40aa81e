"""Two programs of our own under Tidelock that make each other leave."""
import os
import subprocess

from agent import Agent


def run(check, build, clients, simulated, capacity_mib):
    """Both must find every byte again."""
    command = [os.path.join(clients, "worker"), f"memory={capacity_mib * 6 // 10}", "blocks=8",
               "rounds=40", "check=10"]
    with Agent(build, capacity_mib, simulated) as agent:
        running = [subprocess.Popen([*agent.under(name), *command], stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True)
                   for name in ("one", "two")]
        outputs = [process.communicate(timeout=90)[0] for process in running]
    intact = all("intact" in output for output in outputs)
    check.row("two workers that do not fit together keep their bytes", intact)
    if not intact:
        raise RuntimeError(" | ".join(output.strip()[-150:] for output in outputs))
