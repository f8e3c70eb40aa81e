"""P1: how fast the simulated GPU executes PTX."""
import os
import subprocess

from setting import SIMULATED, NotRun, Row, SimulatedGPU, client, needs


def measure():
    needs(os.path.join(SIMULATED, "libcuda.so.1"))
    with SimulatedGPU() as gpu:
        run = subprocess.run([client("interpreter-rate")], env=gpu.environment(),
                             capture_output=True, text=True, timeout=300, check=False)
    if run.returncode != 0:
        raise NotRun((run.stdout + run.stderr).strip()[-300:])
    return [
        Row("P1", f"PTX instructions of all threads, {name}", float(rate), "1/s", 1e8,
            larger_is_better=True)
        for name, rate in (line.split() for line in run.stdout.splitlines())
    ]
