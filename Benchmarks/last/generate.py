#!/usr/bin/env python3
"""generate.py [--check]: rewrites the table of the last recorded run in Benchmarks/README.md from
results.json beside this, which `Benchmarks/bench --record` writes.

Everything between `<!-- last -->` and `<!-- /last -->` is generated. --check changes nothing and
ends with 1 when the section is not what it should be, or missing.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "results.json")
README = os.path.join(os.path.dirname(HERE), "README.md")
SECTION = re.compile(r"(<!-- last -->\n).*?(<!-- /last -->)", re.S)


def number(value):
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def verdict(row):
    if row["value"] is None:
        return f"not run: {row['note']}"
    if row["goal"] is None:
        return ""
    return "met" if round(row["value"], 3) <= row["goal"] else "missed"


def section():
    with open(RESULTS, encoding="utf-8") as file:
        last = json.load(file)
    lines = [f"Of {last['date']}, programs and clients of commit {last['commit']}.", "",
             "| id | what | value | goal | |", "| --- | --- | ---: | ---: | --- |"]
    for row in last["rows"]:
        lines.append(f"| {row['id']} | {row['what']} | {number(row['value'])} "
                     f"| {number(row['goal'])} | {verdict(row)} |")
    return "\n".join(lines) + "\n"


def main():
    with open(README, encoding="utf-8") as file:
        text = file.read()
    wanted, count = SECTION.subn(lambda found: found[1] + section() + found[2], text)
    if count == 0:
        sys.exit("generate: Benchmarks/README.md has no section of the last run")
    if "--check" in sys.argv:
        if wanted != text:
            sys.exit("generate: Benchmarks/README.md is not what last/results.json says; "
                     "run Benchmarks/last/generate.py")
        return
    with open(README, "w", encoding="utf-8") as file:
        file.write(wanted)


if __name__ == "__main__":
    main()
