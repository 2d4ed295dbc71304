#!/usr/bin/env python3
"""clang-tidy and cppcheck are clean over src/, fuzz/ and bench/.

As a gate: cppcheck and clang-tidy without its path-sensitive analyser, a minute of two cores. With
--full (`make lint`): the analyser too, five minutes. A file whose preprocessed text and check list
have not changed since it was last clean is not looked at again (build/lint/).
"""
import concurrent.futures
import hashlib
import json
import re
import shlex
import subprocess
import sys

from _common import SKIP, arguments, files, finish, processors, read

CPPCHECK = ["cppcheck", "--quiet", "--error-exitcode=1", "--inline-suppr", "--std=c11", "--max-ctu-depth=2",
            "--enable=warning,performance,portability", "--suppress=missingIncludeSystem",
            "--suppress=normalCheckLevelMaxBranches",
            # Across functions it takes an object that the callee fills for one that is read: clang's analyser follows paths.
            "--suppress=ctuuninitvar",
            # Its own parser's limits: a compound literal in a conditional, a macro of another library.
            "--suppress=internalAstError", "--suppress=unknownMacro",
            "--template={file}:{line}: {message} [{id}]"]


def compile_options(root):
    """{file: the options that clang compiles it with}, from the clang build."""
    database = json.loads(read(root / "build" / "clang" / "compile_commands.json"))
    options = {}
    for entry in database:
        path = (root / "build" / "clang" / entry["file"]).resolve()
        words = shlex.split(entry["command"])
        kept = [word for word in words if word.startswith(("-I", "-D", "-isystem", "-std", "-W"))]
        options[path] = kept
    return options


def fingerprint(root, path, options):
    """Of everything that decides the verdict: preprocessed text, options, check list, tools."""
    preprocessed = subprocess.run(["clang", "-E", *options, str(path)], cwd=root / "build" / "clang",
                                  capture_output=True)
    parts = (preprocessed.stdout, path.read_bytes(), " ".join(options).encode(),
             (root / ".clang-tidy").read_bytes(), " ".join(CPPCHECK).encode(), VERSIONS.encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def check(root, name, path, options, full):
    caches = [root / "build" / "lint" / (name.replace("/", "_") + suffix) for suffix in (".full.ok", ".ok")]
    mark = fingerprint(root, path, options)
    if any(cache.exists() and cache.read_text() == mark for cache in caches[:1 if full else 2]):
        return ""
    cache = caches[0 if full else 1]
    less = [] if full else ["--checks=-clang-analyzer-*"]
    tidy = subprocess.run(["clang-tidy", "--quiet", *less, str(path), "--", *options], cwd=root / "build" / "clang",
                          capture_output=True, text=True)
    include = [word for word in options if word.startswith(("-I", "-D"))]
    cpp = subprocess.run([*CPPCHECK, *include, str(path)], cwd=root / "build" / "clang",
                         capture_output=True, text=True)
    if tidy.returncode == 0 and cpp.returncode == 0:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(mark)
        return ""
    # Without the analyser's notes: they lead to the place step by step, and bury it.
    said = [line for line in (tidy.stdout + cpp.stdout + cpp.stderr).splitlines()
            if re.search(r"(: (error|warning): |\[\w+\]$)", line)]
    return "\n".join(said).replace(f"{root}/", "").replace("build/clang/../../", "") or tidy.stdout + tidy.stderr


def tool_versions():
    return "".join(subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
                   for tool in ("clang-tidy", "cppcheck"))


VERSIONS = tool_versions()


def main():
    parser = arguments(__doc__)
    parser.add_argument("--full", action="store_true", help="with the path-sensitive analyser")
    given = parser.parse_args()
    root = given.root.resolve()
    built = subprocess.run([str(root / "tests" / "gates" / "clang.sh"), "--root", str(root)])
    if built.returncode:
        sys.exit(1)
    options = compile_options(root)
    work = [(name, path) for name, path in files(root, "src", "fuzz", "bench", suffixes={".c"}) if path in options]
    if not work:
        sys.exit(SKIP)
    with concurrent.futures.ThreadPoolExecutor(processors()) as pool:
        results = pool.map(lambda each: check(root, each[0], each[1], options[each[1]], given.full), work)
        finish([result.rstrip() for result in results if result])


if __name__ == "__main__":
    main()
