#!/usr/bin/env python3
"""Writes the interposer's generated sources from entry-points.csv and implemented.txt.

    generate.py          write Sources/CInterposer/{Trampolines.S,entry_table.c,include/entry_index.h}
    generate.py --check  write nothing; exit 1 if a committed file differs from what would be written

Columns of entry-points.csv, sorted by symbol (the position is the entry's index):
    symbol           name exported by the driver
    class            family, for people
    must_gate        may touch swappable memory now or later in stream order
    must_virtualise  the answer or the effect must be ours, not the driver's
    abi              CUDA version the symbol appeared in, "-" outside the versioned interface
    base             name under which cuGetProcAddress knows it
    words            8-byte argument words on the stack, beyond the six registers
    gate             class it counts as at the gate: kernel, copy or none
"""
import csv
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE.parent / "Sources" / "CInterposer"
HEADING = "// Written by Catalogue/generate.py from Catalogue/. Do not edit.\n"
CLASSES = {"kernel": 0, "copy": 1}
UNKNOWN_MAX = 256


def read_catalogue():
    with open(HERE / "entry-points.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [row["symbol"] for row in rows]
    if names != sorted(set(names), key=str.encode):
        sys.exit("entry-points.csv: symbols must be sorted and unique")
    with open(HERE / "implemented.txt") as file:
        lines = [line.split("#")[0].strip() for line in file]
    implemented = {line for line in lines if line}
    if implemented - set(names):
        sys.exit(f"implemented.txt: not in the catalogue: {sorted(implemented - set(names))}")
    for row in rows:
        row["route"] = route(row, implemented)
        check(row, set(names))
    return rows


def route(row, implemented):
    if row["symbol"] in implemented:
        return "answered"
    gate = ["gate"] if row["gate"] != "none" else []
    return "+".join(gate + ["unswappable"] * (row["must_virtualise"] == "yes")) or "pass"


def check(row, names):
    if (row["must_gate"] == "yes") != (row["gate"] in CLASSES):
        sys.exit(f"{row['symbol']}: must_gate and gate disagree")
    if row["base"] not in names:
        sys.exit(f"{row['symbol']}: unknown base {row['base']}")
    if not 0 <= int(row["words"]) <= 255:
        sys.exit(f"{row['symbol']}: words out of range")


def trampoline(index, row):
    name = f"EXPORT_NAME({row['symbol']}), {index}"
    gate = f"{CLASSES.get(row['gate'])}, {row['words']}"
    match row["route"]:
        case "pass":
            return f"PASS {name}\n"
        case "gate":
            return f"GATED {name}, {gate}\n"
        case "unswappable":
            return f"UNSWAPPABLE {name}\n"
        case "gate+unswappable":
            return f"GATED_UNSWAPPABLE {name}, {gate}\n"
        case "answered":
            line = f"ANSWERED {name}, tidelock_{row['symbol']}\n"
            if row["gate"] in CLASSES:
                line += f"GATED_INSIDE tidelock_gated_{row['symbol']}, {index}, {gate}\n"
            return line


def trampolines(rows):
    count = len(rows)
    out = [HEADING, '#include "trampoline_macros.h"\n\n  .text\n']
    out += [trampoline(index, row) for index, row in enumerate(rows)]
    out.append("\n// Names the driver has and the catalogue lacks are bound to these at first look-up.\n")
    out += [f"UNKNOWN tidelock_unknown_{n}, {count + n}\n" for n in range(UNKNOWN_MAX)]
    out.append("\n// First use.\n")
    out += [f"UNBOUND {index}\n" for index in range(count)]
    out.append("\n// The way to the driver of each entry point.\n")
    out.append("  .data\n  .globl tidelock_real\n  .hidden tidelock_real\n  .p2align 6\n")
    out.append("  .type tidelock_real, @object\n")
    out.append(f"  .size tidelock_real, {8 * (count + UNKNOWN_MAX)}\ntidelock_real:\n")
    out += [f"  .quad .Lunbound_{index}\n" for index in range(count)]
    out.append(f"  .fill {UNKNOWN_MAX}, 8, 0\n")
    out.append("\n// Our own wrappers, as distances from the table: no relocation, no search.\n")
    out.append("  .section .rodata, \"a\", @progbits\n")
    out.append("  .globl tidelock_wrapper_distance\n  .hidden tidelock_wrapper_distance\n  .p2align 2\n")
    out.append("  .type tidelock_wrapper_distance, @object\n")
    out.append(f"  .size tidelock_wrapper_distance, {4 * (count + UNKNOWN_MAX)}\n")
    out.append("tidelock_wrapper_distance:\n")
    out += [
        f"  .long .Lexport_{index} - tidelock_wrapper_distance\n"
        for index in range(count + UNKNOWN_MAX)
    ]
    out.append('\n  .section .note.GNU-stack, "", @progbits\n')
    return "".join(out)


def header(rows):
    out = [HEADING, "#pragma once\n#include <stdint.h>\n\n"]
    out.append("/// Index of every entry point of the catalogue, in the order of their names.\n")
    out.append("enum {\n")
    out += [f"  ENTRY_{row['symbol']} = {index},\n" for index, row in enumerate(rows)]
    out.append(f"  ENTRY_COUNT = {len(rows)},\n}};\n\n")
    out.append("/// Most names outside the catalogue a process can meet; further ones do not exist for it.\n")
    out.append(f"enum {{ TIDELOCK_UNKNOWN_MAX = {UNKNOWN_MAX} }};\n")
    return "".join(out)


def table(rows):
    count = len(rows)
    offsets, text, position = [], [], 0
    for row in rows:
        offsets.append(position)
        text.append(f'    "{row["symbol"]}\\0"\n')
        position += len(row["symbol"]) + 1
    out = [HEADING, '#include "entry_table.h"\n\n']
    out.append(f"const char tidelock_entry_text[{position + 1}] =\n" + "".join(text) + "    ;\n\n")
    out.append(f"const uint16_t tidelock_entry_text_offset[{count}] = {{\n")
    out += [f"  {offset},\n" for offset in offsets]
    out.append("};\n\n")
    out.append(f"const uint8_t tidelock_entry_words[{count}] = {{\n")
    out += [f"  {row['words']},\n" for row in rows]
    out.append("};\n\n")
    out.append(f"const struct tidelock_version tidelock_entry_version[{count}] = {{\n")
    index = {row["symbol"]: position for position, row in enumerate(rows)}
    out += [f"  {{{index[row['base']]}, {version(row)}, {variant(row)}}},\n" for row in rows]
    out.append("};\n")
    return "".join(out)


def version(row):
    if row["abi"] == "-":
        return 0
    major, minor = row["abi"].split(".")
    return int(major) * 1000 + int(minor) * 10


def variant(row):
    return int(row["symbol"].endswith(("_ptds", "_ptsz")))


def main():
    rows = read_catalogue()
    files = {
        SOURCES / "Trampolines.S": trampolines(rows),
        SOURCES / "include" / "entry_index.h": header(rows),
        SOURCES / "entry_table.c": table(rows),
    }
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if sys.argv[1:] == ["--check"]:
        for path in stale:
            print(f"{path.relative_to(HERE.parent)} is not what Catalogue/generate.py writes")
        sys.exit(1 if stale else 0)
    if sys.argv[1:]:
        sys.exit(__doc__)
    for path in stale:
        path.write_text(files[path])


main()
