#!/usr/bin/env python3
"""generate-answers.py [--check]: rewrites what README.md says about the driver's answers.

Everything between `<!-- answers -->` and `<!-- /answers -->` is generated from assumed.txt and
answers/. --check changes nothing and ends with 1 when the section is not what it should be.
"""
import glob
import os
import re
import sys

from answers import HERE, read_answers

README = os.path.join(os.path.dirname(HERE), "README.md")
SECTION = re.compile(r"(<!-- answers -->\n).*?(<!-- /answers -->)", re.S)


def claim():
    assumed = read_answers(os.path.join(HERE, "assumed.txt"))
    drivers = sorted(glob.glob(os.path.join(HERE, "answers", "*.txt")))
    answered = set().union(*(read_answers(path) for path in drivers)) if drivers else set()
    cases = len(set(assumed) | answered)
    return (f"Of {cases} cases of what a driver answers, real drivers have answered "
            f"{len(answered)}; {len(set(assumed) - answered)} are assumed.\n")


def main():
    with open(README, encoding="utf-8") as file:
        text = file.read()
    wanted, count = SECTION.subn(lambda found: found[1] + claim() + found[2], text)
    if count == 0 or ("--check" in sys.argv and wanted != text):
        print("README.md does not say how many answers are assumed; mend it with: "
              "python3 Conformance/generate-answers.py", file=sys.stderr)
        return 1
    if wanted != text:
        with open(README, "w", encoding="utf-8") as file:
            file.write(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
