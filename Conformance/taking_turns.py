"""Programs of the usual frameworks, two at a time on a GPU that holds one.

Each workload of `workloads/` runs first without Tidelock: from two seeds, each twice, all at once.
What does not repeat itself bit by bit cannot be compared, and is said to be so. Then the two seeds
share a GPU under Tidelock that holds one of them; they go through as many checks as before, each of
which must say the same, while they swap each other out: as often as their time for computing is
over, and at least once in each of the parts of the run. What is not installed is never passed.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from agent import Agent

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "workloads")
NOT_INSTALLED = 77
SEEDS = (1, 2)
REPEATS = 2
PARTS = 4
# After each part but the last it waits to be swapped out; after the last of these the other one may
# have ended.
SWAPS_MIN = PARTS - 2
SECONDS_MIN = 0.5
LOOK_SECONDS = 0.1

ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF"


@dataclass(frozen=True)
class Workload:
    """`share`: it takes what it sees of the GPU, so it is given a limit. `simulated`: it brings its
    kernels as PTX, which the simulated GPU can run."""
    name: str
    script: str
    environment: dict = field(default_factory=dict)
    share: bool = False
    simulated: bool = False


WORKLOADS = [
    Workload("driver calls", "driver_calls.py", simulated=True),
    Workload("cuda-bindings", "bindings.py", simulated=True),
    Workload("PyTorch", "torch_eager.py"),
    Workload("PyTorch, CUDA graphs", "torch_graphs.py"),
    Workload("PyTorch, expandable segments", "torch_churn.py",
             {ALLOCATOR: "expandable_segments:True"}),
    Workload("PyTorch, cudaMallocAsync", "torch_churn.py", {ALLOCATOR: "backend:cudaMallocAsync"}),
    Workload("a server shaped like vLLM", "serving.py", share=True),
    Workload("JAX", "jax_training.py"),
    Workload("PyTorch, torch.compile", "torch_compiled.py"),
    Workload("Triton", "triton_kernel.py"),
    Workload("CuPy", "cupy_arrays.py"),
    Workload("numba", "numba_kernels.py"),
    Workload("transformers", "language_model.py"),
    Workload("peft", "adapters.py"),
    Workload("cuda-bindings, streams of each thread", "bindings.py",
             {"CUDA_PYTHON_CUDA_PER_THREAD_DEFAULT_STREAM": "1"}, simulated=True),
    Workload("tinygrad", "tinygrad_training.py", {"DEV": "CUDA:PTX", "CACHELEVEL": "0"},
             simulated=True),
]

# Every end there is, with what it says of Tidelock: True it passes, False it fails, None nothing.
ENDS = {
    "same": True,
    "differs": False,
    "failed": False,
    "not swapped": False,
    "not comparable": None,
    "fails without Tidelock": None,
    "not installed": None,
    "not run": None,
}


class Ended(Exception):
    """A workload came to one of ENDS before the last."""

    def __init__(self, end, note=""):
        super().__init__(end)
        self.end, self.note = end, note


class Running:
    """A process with all that it starts, and what it prints."""

    def __init__(self, words, environment, folder):
        self.path = tempfile.NamedTemporaryFile(dir=folder, delete=False).name
        with open(self.path, "wb") as output:
            self.process = subprocess.Popen(
                words, env=environment, stdin=subprocess.PIPE, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)
        self.released, self.waits_since = 0, None

    def end(self):
        """Ends it and whatever it left behind; it may have ended itself."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdin.close()

    @property
    def lines(self):
        with open(self.path, encoding="utf-8", errors="replace") as output:
            return output.read().splitlines()

    @property
    def checks(self):
        return [line.split()[2] for line in self.lines if re.fullmatch(r"check \d+ \w+", line)]

    @property
    def parts(self):
        """The parts it went through and waits after, or waited."""
        return self.lines.count("part")

    def waits(self):
        """Seconds for which it was seen waiting after a part; None while it computes."""
        if self.parts <= self.released:
            return None
        self.waits_since = self.waits_since or time.monotonic()
        return time.monotonic() - self.waits_since

    def release(self):
        """Lets it go on with its next part."""
        self.released += 1
        self.waits_since = None
        try:
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def said(self, word):
        return next((line.partition(word)[2] for line in self.lines if line.startswith(word)), "")

    def complaint(self):
        """How it ended otherwise than well, or nothing."""
        status = self.process.returncode
        if status == 0 and "done" in self.lines:
            return ""
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return f"{how}: {' | '.join(self.lines[-3:])[-300:]}"


class Stage:
    """Where workloads run: a GPU, an agent's build, a time for all of them."""

    def __init__(self, build, simulated, capacity_mib, environment, ends_at, folder=FOLDER):
        self.build, self.simulated, self.capacity_mib = build, simulated, capacity_mib
        self.environment, self.ends_at, self.folder = environment, ends_at, folder
        # Two of them need more than an agent offers, which keeps a reserve; one needs less.
        self.memory_mib = capacity_mib // 128 * 64
        self.alone_seconds_max = 0.5 if simulated else 6
        self.first_seconds_max = self.together_seconds_max = 75
        # For the other one to come in; who is not swapped out by then will not be.
        self.part_seconds_max = 15

    def perform(self, workload, left=1):
        """The row of one workload, where so many are `left` for the time there is."""
        row = {"name": workload.name, "using": "", "end": "same", "note": "", "checks": 0,
               "swapsOut": []}
        began = time.monotonic()
        # Most of the time goes for what frameworks do before they compute.
        seconds = (self.ends_at - began) / left / 6
        try:
            if self.simulated and not workload.simulated:
                raise Ended("not run", "brings compiled kernels: needs a real GPU")
            if seconds < SECONDS_MIN:
                raise Ended("not run", "no time was left")
            with tempfile.TemporaryDirectory(prefix="tidelock-turns-") as scratch:
                self.compare(workload, row, min(self.alone_seconds_max, seconds), scratch)
        except Ended as ended:
            row.update(end=ended.end, note=ended.note)
        except Exception as problem:  # one workload's failure must not cost the others' results
            row.update(end="failed", note=str(problem)[-300:])
        row["seconds"] = round(time.monotonic() - began, 1)
        return row

    def compare(self, workload, row, seconds, scratch):
        environment = self.given(workload, scratch)
        alone = self.alone(workload, seconds, environment, scratch)
        row["using"] = alone[0][0].said("using ")
        counts = [min(len(run.checks) for run in runs) for runs in alone]
        steady = all(runs[0].checks[:count] == run.checks[:count]
                     for runs, count in zip(alone, counts) for run in runs)
        together = self.together(workload, row, counts, environment, scratch)
        if not steady:
            raise Ended("not comparable", "does not repeat itself, even alone")
        for seed, runs, run, count in zip(SEEDS, alone, together, counts):
            wanted = runs[0].checks[:count]
            if run.checks[:count] != wanted:
                first = next(at for at in range(count)
                             if run.checks[at:at + 1] != wanted[at:at + 1])
                raise Ended("differs", f"seed {seed}, from check {first + 1} of {count} on")
            row["checks"] += count
        if min(row["swapsOut"]) < SWAPS_MIN:
            raise Ended("not swapped", f"swapped out {row['swapsOut']} times, {SWAPS_MIN} needed")

    def given(self, workload, scratch):
        """Its environment; kernels are compiled anew for every workload, once."""
        caches = {name: os.path.join(scratch, "cache") for name in
                  ("TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "CUPY_CACHE_DIR")}
        return {**self.environment, "PYTHONDONTWRITEBYTECODE": "1", **caches,
                **workload.environment}

    def command(self, workload, seed, seconds, checks):
        return [sys.executable, os.path.join(self.folder, workload.script), "--seed", str(seed),
                "--memory", str(self.memory_mib), "--seconds", str(round(seconds, 2)),
                "--checks", str(checks)]

    def alone(self, workload, seconds, environment, scratch):
        """The runs without Tidelock, by seed."""
        share = ["--share", str(self.memory_mib)] if workload.share else []
        runs = [[Running(self.command(workload, seed, seconds, 0) + share, environment, scratch)
                 for _ in range(REPEATS)] for seed in SEEDS]
        every = [run for of_seed in runs for run in of_seed]
        late = self.wait(every, self.first_seconds_max)
        for run in every:
            if run.process.returncode == NOT_INSTALLED:
                raise Ended("not installed", run.said("not installed: "))
        for run in every:
            if run in late:
                raise Ended("fails without Tidelock", "did not end in time")
            if run.complaint():
                raise Ended("fails without Tidelock", run.complaint())
        if runs[0][0].checks[0] == runs[1][0].checks[0]:
            raise Ended("fails without Tidelock", "two seeds give the same: nothing is compared")
        return runs

    def together(self, workload, row, counts, environment, scratch):
        """One run of each seed under an agent, while they swap each other out."""
        limit = ["--limit", f"{self.memory_mib}Mi"] if workload.share else []
        with Agent(self.build, self.capacity_mib, self.simulated) as agent:
            names = [f"seed-{seed}" for seed in SEEDS]
            # Under an agent on a simulated GPU this is said by `tidelock run`.
            environment = {name: value for name, value in environment.items()
                           if name != "TIDELOCK_SIMULATED_GPU"}
            runs = [Running(agent.under(name, *limit) + self.command(workload, seed, 0, count)
                            + ["--parts", str(PARTS)], environment, scratch)
                    for name, seed, count in zip(names, SEEDS, counts)]
            swaps = dict.fromkeys(names, 0)

            def look():
                for name, count in agent.swaps_out().items():
                    swaps[name] = max(swaps.get(name, 0), count)
                # Who waits idles, and leaves when the other one wants in.
                patience = self.part_seconds_max
                if any(run.process.poll() is not None for run in runs):
                    patience = 0
                for name, run in zip(names, runs):
                    waited = run.waits()
                    if waited is not None and (swaps[name] > run.released or waited > patience):
                        run.release()

            late = self.wait(runs, self.together_seconds_max, look)
            row["swapsOut"] = [swaps[name] for name in names]
            for name, run in zip(names, runs):
                if run in late:
                    raise Ended("failed", f"{name} did not end in time, after "
                                f"{len(run.checks)} checks: {' | '.join(run.lines[-2:])[-200:]}")
            for name, run in zip(names, runs):
                if run.complaint():
                    raise Ended("failed", f"{name}, {run.complaint()}")
        return runs

    def wait(self, runs, seconds, look=lambda: None):
        """Waits for all of them; ends those that are late, and gives them."""
        until = min(time.monotonic() + seconds, self.ends_at)
        while time.monotonic() < until and any(run.process.poll() is None for run in runs):
            look()
            time.sleep(LOOK_SECONDS)
        late = [run for run in runs if run.process.poll() is None]
        for run in runs:
            run.end()
        return late


def table(rows):
    """The rows as text, one line each."""
    lines = []
    for row in rows:
        swaps = " and ".join(map(str, row["swapsOut"]))
        detail = [row["using"], f"{row['checks']} checks equal" if row["end"] == "same" else "",
                  f"swapped out {swaps} times" if swaps else "", row["note"]]
        lines.append(f"{row['name']}: {row['end']} ({', '.join(filter(None, detail))}; "
                     f"{row['seconds']} s)")
    return lines


def run(stage, workloads=None):
    """All workloads, most important first; prints each as it ends."""
    workloads = WORKLOADS if workloads is None else workloads
    rows = []
    for index, workload in enumerate(workloads):
        rows.append(stage.perform(workload, left=len(workloads) - index))
        print(table(rows[-1:])[0], flush=True)
    return rows
