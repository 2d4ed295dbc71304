#!/usr/bin/env python3
"""Every header compiles alone and twice, and opens with a comment that says what it is for."""
import concurrent.futures
import shutil
import subprocess

from _common import files, finish, processors, read, root_of

LIBRARIES = ["sqlite3", "yaml-0.1", "jansson", "libxml-2.0", "libzip", "libpcre2-8", "libcrypto",
             "libutf8proc", "uchardet", "zlib", "libzstd", "odbc"]


def flags(root):
    found = subprocess.run(["pkg-config", "--cflags", *LIBRARIES], capture_output=True, text=True)
    return ["-std=c17", "-D_GNU_SOURCE", '-DSW_VERSION="0"', "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
            "-I", str(root / "src"), "-isystem", str(root / "deps" / "duckdb" / "include"),
            *found.stdout.split()]


def check(name, path, options):
    if not read(path).lstrip().startswith(("/*", "//")):
        return f"{name}:1: a header opens with a comment: purpose, ownership, threads"
    inside = name.removeprefix("src/")
    twice = f'#include "{inside}"\n#include "{inside}"\ntypedef int sw_not_empty;\n'
    result = subprocess.run([shutil.which("gcc") or "cc", *options, "-x", "c", "-"], input=twice,
                            capture_output=True, text=True)
    return f"{name}:1: does not compile alone\n{result.stderr}" if result.returncode else None


def main():
    root = root_of(__doc__)
    options = flags(root)
    headers = list(files(root, "src", suffixes={".h"}))
    with concurrent.futures.ThreadPoolExecutor(processors()) as pool:
        results = pool.map(lambda header: check(*header, options), headers)
        finish([result for result in results if result])


if __name__ == "__main__":
    main()
