"""What all workloads have in common. A workload is a program that computes on one GPU, in rounds,
and says check by check what its memory holds, so that two runs can be compared bit by bit:

    using torch 2.11.0     what it computes with
    check 1 5f0c…          a digest of what its memory holds after so many checks
    done                   the end

It ends with 77 and `not installed: …` where what it needs is not there. Options:

    --seed N        what it computes from
    --memory MIB    device memory to hold
    --share MIB     what to take for the whole GPU, where nothing else says so
    --seconds S     goes on for as long as that,
    --checks N      and for so many checks
    --parts N       of them, in so many parts: after each but the last it says `part` and waits for
                    a line on standard input
    --device cpu    to try a workload of torch's or JAX's without a GPU
"""
import argparse
import hashlib
import importlib
import sys
import time

NOT_INSTALLED = 77
ROUNDS_PER_CHECK = 4
# One for each part that a run may have.
CHECKS_MIN = 4
MIB = 1 << 20


def need(name):
    """The module; without it the workload ends. What is there and broken is an error as ever."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as problem:
        if problem.name.split(".")[0] != name.split(".")[0]:
            raise
        missing(name)


def missing(what):
    print(f"not installed: {what}", flush=True)
    sys.exit(NOT_INSTALLED)


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", type=int, default=64)
    parser.add_argument("--share", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--checks", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    return parser.parse_args()


def main(kind):
    """Runs a workload: `kind(options)` has `using`, `round(number)` and `contents()`, the bytes
    that must be equal in every run."""
    said = options()
    work = kind(said)
    # Whatever is compiled or loaded when first used is no part of the time.
    work.round(0)
    print("using", work.using, flush=True)
    end = time.monotonic() + said.seconds
    check, number = 0, 0
    checks = max(CHECKS_MIN, said.checks)
    ends_of_parts = {checks * part // said.parts for part in range(1, said.parts)}
    while check < checks or time.monotonic() < end:
        for _ in range(ROUNDS_PER_CHECK):
            number += 1
            work.round(number)
        check += 1
        digest = hashlib.sha256()
        for part in work.contents():
            digest.update(part)
        print("check", check, digest.hexdigest()[:16], flush=True)
        if check in ends_of_parts:
            print("part", flush=True)
            sys.stdin.readline()
    print("done", flush=True)
