#!/usr/bin/env python3
"""Makes a compilation database in which each source stands once.

clang-tidy analyses a source as often as the database has it, and what is built in several ways, or
again for the fuzzers, it has several times. Of those commands one is kept for each set of the
macros that the source itself names: the others would show clang-tidy the same code.

usage: unique_commands.py DATABASE FOLDER <SOURCES >SOURCES-THAT-ARE-COMPILED

Writes FOLDER/compile_commands.json. The sources, one a line, are relative to the current folder.
"""
import json
import os
import re
import shlex
import sys


def macros(command, text):
    """The -D and -U of a command whose macro the text names."""
    named = set(re.findall(r"\w+", text))
    words = shlex.split(command)
    return tuple(word for word in words if word[:2] in ("-D", "-U") and word[2:].split("=")[0] in named)


def main():
    database, folder = sys.argv[1:]
    with open(database, encoding="utf-8") as file:
        entries = json.load(file)
    by_path = {}
    for entry in entries:
        path = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        by_path.setdefault(path, []).append(entry)
    kept = []
    for source in sys.stdin.read().splitlines():
        of_source = by_path.get(os.path.realpath(source), [])
        with open(source, encoding="utf-8") as file:
            text = file.read()
        unique = {}
        for entry in of_source:
            unique.setdefault(macros(entry["command"], text), entry)
        kept += unique.values()
        if unique:
            print(source)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(kept, file)


main()
