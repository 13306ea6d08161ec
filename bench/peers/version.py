"""Prints the interpreter and its version, and with the word uvloop that of uvloop too."""

import platform
import sys

interpreter = f"{platform.python_implementation()} {platform.python_version()}"
if sys.argv[1:] == ["uvloop"]:
    try:
        import uvloop
    except ImportError as error:
        sys.exit(f"{sys.executable} has no uvloop: {error}")
    print(f"uvloop {uvloop.__version__} on {interpreter}")
else:
    print(interpreter)
