#!/usr/bin/env python3
"""The release builds under gcc without a warning, and its program is hardened."""
import pathlib
import re
import subprocess
import sys

from _common import arguments, finish


def hardening(program):
    """What is missing of PIE, full RELRO, a stack that is not executable, and fortified calls."""
    def readelf(option):
        return subprocess.run(["readelf", "-W", option, str(program)], capture_output=True, text=True).stdout

    header, segments, dynamic, symbols = map(readelf, ("-h", "-l", "-d", "-s"))
    if not re.search(r"Type:\s+DYN", header):
        yield "is not position-independent"
    if "GNU_RELRO" not in segments or not re.search(r"BIND_NOW|FLAGS.*NOW", dynamic):
        yield "has no full RELRO"
    if re.search(r"GNU_STACK.*RWE", segments):
        yield "has an executable stack"
    if "__stack_chk_fail" not in symbols:
        yield "has no stack protector"
    if not re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")):
        yield "has no fortified calls"


def main():
    parser = arguments(__doc__)
    parser.add_argument("--program", type=pathlib.Path, help="check the hardening of this program alone")
    options = parser.parse_args()
    root = options.root.resolve()
    if not options.program:
        result = subprocess.run([str(root / "tools" / "build.sh"), "build"])
        if result.returncode:
            sys.exit(1)
    program = options.program or root / "build" / "suwen"
    finish([f"{program.name}: {problem}" for problem in hardening(program)] if program.exists() else [])


if __name__ == "__main__":
    main()
