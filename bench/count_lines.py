#!/usr/bin/env python3
"""Counts each strategy's lines of code, blank lines and comments left out.

usage: count_lines.py SOURCES.TXT OUTPUT DEPFILE

Writes a line of a C initializer, {"name", lines}, per strategy.
"""
import pathlib
import re
import sys

# A comment, or what may look like one: a string or a character.
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def without_comment(token):
    text = token.group(0)
    return "\n" * text.count("\n") if text.startswith("/") else text


def count(path):
    text = TOKEN.sub(without_comment, path.read_text(encoding="utf-8"))
    return sum(1 for line in text.splitlines() if line.strip())


def sources_of(root, patterns, where):
    found = []
    for pattern in patterns.split():
        matches = sorted(p for p in root.glob(pattern) if p.suffix in (".c", ".h"))
        if not matches:
            sys.exit(f"{where}: there is no {root.name}/{pattern}")
        found += [path for path in matches if path not in found]
    return found


def main():
    table, output, depfile = map(pathlib.Path, sys.argv[1:])
    lines, read = [], []
    for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{table}:{number}"
        name, colon, patterns = line.partition(":")
        if not colon:
            sys.exit(f"{where}: NAME: FILES is expected")
        sources = sources_of(table.parent, patterns, where)
        lines.append(f'{{"{name.strip()}", {sum(map(count, sources))}}},\n')
        read += sources
    output.write_text("".join(lines), encoding="utf-8")
    depfile.write_text(f"{output}: {' '.join(str(path) for path in sorted(set(read)))}\n", encoding="utf-8")


main()
