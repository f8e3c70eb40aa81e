#!/usr/bin/env python3
"""answers.py: how many findings a real driver answered and how many are assumed."""
import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def read_answers(path):
    """{finding: value} of a file of `PROBE/finding: value` lines; a missing file has none."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        pairs = (line.rstrip("\n").partition(": ") for line in file if not line.startswith("#"))
        return {question: value for question, separator, value in pairs if separator}


def compare(found, expected):
    """(findings with the expected value, findings with another or none expected)."""
    same = {question for question, value in found.items() if expected.get(question) == value}
    return same, set(found) - same


def main():
    assumed = read_answers(os.path.join(HERE, "assumed.txt"))
    drivers = sorted(glob.glob(os.path.join(HERE, "answers", "*.txt")))
    answered = set().union(*(read_answers(path) for path in drivers)) if drivers else set()
    print(f"drivers {len(drivers)}, answered {len(answered)}, "
          f"assumed {len(set(assumed) - answered)}")


if __name__ == "__main__":
    sys.exit(main())
