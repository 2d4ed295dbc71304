#!/usr/bin/env python3
"""Functions that have no place in our code, each with what to use instead."""
import re

from _common import code_only, files, finish, read, root_of

BANNED = {
    "strcpy": "sw_buf or memcpy with a known length",
    "stpcpy": "sw_buf or memcpy with a known length",
    "strcat": "sw_buf",
    "strncpy": "sw_buf or memcpy with a known length",
    "strncat": "sw_buf",
    "sprintf": "snprintf or sw_buf",
    "vsprintf": "vsnprintf or sw_buf",
    "gets": "a bounded reader",
    "strtok": "a scanner over sw_str (strtok keeps global state)",
    "atoi": "a checked parser: atoi cannot tell an error from 0",
    "atol": "a checked parser",
    "atoll": "a checked parser",
    "atof": "a checked parser",
    "localtime": "base/date.h (localtime keeps global state)",
    "gmtime": "base/date.h (gmtime keeps global state)",
    "ctime": "base/date.h",
    "asctime": "base/date.h",
    "rand": "base/rng.h: results repeat by seed",
    "srand": "base/rng.h: results repeat by seed",
    "alloca": "an arena",
    "tmpnam": "a file in the workspace's run/tmp",
    "mktemp": "a file in the workspace's run/tmp",
    "system": "posix_spawn with an argument list",
    "popen": "posix_spawn with an argument list",
    "setlocale": "an explicit language: no global state",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")


def main():
    root = root_of(__doc__)
    problems = []
    for name, path in files(root, "src", "fuzz", "bench", suffixes={".c", ".h"}):
        code = code_only(read(path))
        for match in CALL.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            problems.append(f"{name}:{line}: {match.group(1)}() is banned: use {BANNED[match.group(1)]}")
    finish(problems)


if __name__ == "__main__":
    main()
