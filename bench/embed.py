#!/usr/bin/env python3
"""Makes a C header of a text file. usage: embed.py FILE NAME OUTPUT"""
import pathlib
import sys


def main():
    source, name, output = sys.argv[1:]
    lines = pathlib.Path(source).read_text(encoding="utf-8").splitlines()
    quoted = "\n".join('    "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in lines)
    pathlib.Path(output).write_text(f"static const char {name}[] =\n{quoted};\n", encoding="utf-8")


main()
