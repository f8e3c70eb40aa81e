#!/usr/bin/env python3
"""generate-gpu-claims.py [--check]: rewrites what README.md says about GPUs from
Benchmarks/gpu/LATEST.

Everything between `<!-- gpu-claims -->` and `<!-- /gpu-claims -->` is generated. --check changes
nothing and ends with 1 when the section is not what it should be, or missing.
"""
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LATEST = os.path.join(ROOT, "Benchmarks/gpu/LATEST")
README = os.path.join(ROOT, "README.md")
SECTION = re.compile(r"(<!-- gpu-claims -->\n).*?(<!-- /gpu-claims -->)", re.S)


def claims():
    if not os.path.exists(LATEST):
        return ("**Nothing here has run on a real GPU yet**: there is no report of `make "
                "gpu-check` on one, and speed on\na GPU is unknown.\n")
    with open(LATEST, encoding="utf-8") as file:
        latest = json.load(file)
    path = f"Benchmarks/gpu/{latest['directory']}"
    with open(os.path.join(ROOT, path, "report.json"), encoding="utf-8") as file:
        report = json.load(file)
    lines = [f"Measured on {latest['date']} by `make gpu-check` at commit {latest['commit']}: "
             f"{latest['gpu']}, driver {latest['driver']}", f"([report]({path}/table.txt)).", "",
             "| what | value |", "| --- | --- |"]
    for row in report["rows"]:
        value = "not available" if row["value"] is None else f"{row['value']} {row['unit']}".strip()
        lines.append(f"| {row['what']} | {value} |")
    lines += [f"\nFailed: {failure}." for failure in report["failures"]]
    return "\n".join(lines) + "\n"


def main():
    with open(README, encoding="utf-8") as file:
        text = file.read()
    wanted, count = SECTION.subn(lambda found: found[1] + claims() + found[2], text)
    if "--check" in sys.argv:
        if count == 0 or wanted != text:
            print("generate-gpu-claims: README.md does not say what Benchmarks/gpu/LATEST holds; "
                  "run Benchmarks/generate-gpu-claims.py", file=sys.stderr)
            return 1
        return 0
    if count == 0:
        sys.exit("generate-gpu-claims: README.md has no gpu-claims section")
    with open(README, "w", encoding="utf-8") as file:
        file.write(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
