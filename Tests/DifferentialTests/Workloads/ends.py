"""ends.py BUILD GPU-FILE WHAT: tries what gpu-check does with workloads, on a simulated GPU.

`sharing`: workloads that it can run, which must take turns. `misbehaving`: ones that end in each
other way. `report`: what becomes of such ends in the table and in the README. Prints a line each.
"""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Conformance"))
sys.dont_write_bytecode = True
import taking_turns
from taking_turns import Stage, Workload

SHARING = ("driver calls", "cuda-bindings", "cuda-bindings, streams of each thread")
MISBEHAVING = (
    "needs what is not there", "needs what is broken", "finds no driver under Tidelock", "crashes",
    "differs", "never repeats itself", "ignores its seed", "behaves and needs no GPU")

ROWS = [
    {"name": "A", "using": "a 1.0", "end": "same", "note": "", "checks": 12, "swapsOut": [4, 5],
     "seconds": 9.5},
    {"name": "B", "using": "", "end": "not installed", "note": "b", "checks": 0, "swapsOut": [],
     "seconds": 0.5},
    {"name": "C", "using": "c 3", "end": "failed", "note": "signal 11: x | y", "checks": 0,
     "swapsOut": [1, 0], "seconds": 3.5},
]


def stage(build, gpu, seconds=120):
    environment = dict(os.environ, TIDELOCK_SIMULATED_GPU=f"{gpu},memory=512MiB",
                       LD_LIBRARY_PATH=os.path.join(build, "lib/tidelock/simulated"))
    return Stage(build, True, 128, environment, time.monotonic() + seconds)


def misbehaving(build, gpu):
    kinds = {how: Workload(how, "misbehaving.py", {"MISBEHAVIOUR": how}, simulated=True)
             for how in (*MISBEHAVING, "hangs")}
    usual = stage(build, gpu)
    usual.folder, usual.alone_seconds_max = pathlib.Path(__file__).parent, 0.1
    usual.part_seconds_max = 0
    usual.environment["PYTHONPATH"] = str(ROOT / "Conformance/workloads")
    taking_turns.run(usual, [kinds[how] for how in MISBEHAVING])
    usual.together_seconds_max = 2
    taking_turns.run(usual, [kinds["hangs"]])
    taking_turns.run(stage(build, gpu, seconds=0), [kinds["hangs"]])
    taking_turns.run(usual, [Workload("compiled kernels", "misbehaving.py")])


def module(path):
    loader = importlib.machinery.SourceFileLoader(path.stem.replace("-", "_"), str(path))
    made = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(made)
    return made


def report():
    """The files of a run that never was, in a place of their own."""
    os.environ["SIMULATED"] = "1"
    gpu_check = module(ROOT / "Conformance/gpu-check")
    check = gpu_check.Check()
    check.row("copy", 12.5, "GB/s")
    check.workloads, check.failures = ROWS, ["C: failed: signal 11"]
    with tempfile.TemporaryDirectory(prefix="tidelock-report-") as root:
        folder = os.path.join(root, "Benchmarks/gpu/made-up")
        os.makedirs(folder)
        gpu_check.report(check, folder, "1.2", "Made-Up")
        latest = {"directory": "made-up", "date": "1970-01-01", "commit": "none", "gpu": "Made-Up",
                  "driver": "1.2"}
        with open(os.path.join(root, "Benchmarks/gpu/LATEST"), "w", encoding="utf-8") as file:
            json.dump(latest, file)
        print(module(ROOT / "Benchmarks/generate-gpu-claims.py").claims(root), end="")


def main():
    build, gpu, what = sys.argv[1:]
    if what == "report":
        report()
    elif what == "misbehaving":
        misbehaving(build, gpu)
    else:
        workloads = {workload.name: workload for workload in taking_turns.WORKLOADS}
        taking_turns.run(stage(build, gpu), [workloads[name] for name in SHARING])


if __name__ == "__main__":
    main()
