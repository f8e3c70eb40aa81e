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
LATEST = "Benchmarks/gpu/LATEST"
README = os.path.join(ROOT, "README.md")
SECTION = re.compile(r"(<!-- gpu-claims -->\n).*?(<!-- /gpu-claims -->)", re.S)


def workloads(rows):
    """What came of the frameworks; an end is told as it is, also where nothing was shown."""
    lines = ["", "| two at a time, forced to swap | | checks equal | swapped out |",
             "| --- | --- | ---: | ---: |"]
    for row in rows:
        swaps = " and ".join(map(str, row["swapsOut"]))
        end = row["end"] + (f": {row['note']}" if row["note"] else "")
        # What a program complains about may hold anything.
        lines.append("| " + " | ".join(
            text.replace("|", "/") for text in
            (row["using"] and f"{row['name']} ({row['using']})" or row["name"], end,
             str(row["checks"] or ""), swaps)) + " |")
    return lines


def claims(root=ROOT):
    record = os.path.join(root, LATEST)
    if not os.path.exists(record):
        return ("**Nothing here has run on a real GPU yet**: there is no report of `make "
                "gpu-check` on one, and speed on\na GPU is unknown.\n")
    with open(record, encoding="utf-8") as file:
        latest = json.load(file)
    path = f"Benchmarks/gpu/{latest['directory']}"
    with open(os.path.join(root, path, "report.json"), encoding="utf-8") as file:
        report = json.load(file)
    lines = [f"Measured on {latest['date']} by `make gpu-check` at commit {latest['commit']}: "
             f"{latest['gpu']}, driver {latest['driver']}", f"([report]({path}/table.txt)).", "",
             "| what | value |", "| --- | --- |"]
    for row in report["rows"]:
        value = "not available" if row["value"] is None else f"{row['value']} {row['unit']}".strip()
        lines.append(f"| {row['what']} | {value} |")
    if report["workloads"]:
        lines += workloads(report["workloads"])
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
