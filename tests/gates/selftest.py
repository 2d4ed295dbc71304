#!/usr/bin/env python3
"""Each gate passes a clean tree and fails one with a planted violation, at the planted place."""
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile

from _common import REPOSITORY, finish, processors

GATES = REPOSITORY / "tests" / "gates"

CLEAN = {
    "src/base/meson.build": "room_sources = files(\n  'a.c',\n)\n",
    "src/base/a.h": "/* A sum. */\n#ifndef A_H\n#define A_H\nint a(int x);\n#endif\n",
    "src/base/a.c": '#include "base/a.h"\n\nint a(int x)\n{\n  return x + 1;\n}\n',
    "src/engine/meson.build": "room_sources = files(\n  'b.c',\n)\n",
    "src/engine/b.h": '/* A double. */\n#ifndef B_H\n#define B_H\n#include "base/a.h"\nint b(int x);\n#endif\n',
    "src/engine/b.c": '#include "engine/b.h"\n\nint b(int x)\n{\n  return a(x) * 2;\n}\n',
    "tests/base/meson.build": "room_tests = [\n  'test_a',\n]\n",
    "tests/base/test_a.c": "int main(void)\n{\n  return 0;\n}\n",
}
LONG_BODY = "".join(f"  x += {n};\n" for n in range(120))
# A function that is cut in two by #if, with a brace in each branch, is one function.
FORKED = "#if A\nint f(int x) {\n#else\nint f(long x) {\n#endif\n" + LONG_BODY + "  return x;\n}\n"

# gate, what is planted, what the gate must say
PLANTED = [
    ("layers", {"src/base/a.c": '#include "engine/b.h"\n'}, "src/base/a.c:1: base/ may not include engine/b.h: it looks up"),
    ("layers", {"src/ledger/c.h": '/* c */\n#include "engine/b.h"\n'}, "src/ledger/c.h:2: ledger/ may not include engine/b.h: it looks sideways"),
    ("layers", {"src/base/a.c": "#include <engine/b.h>\n"}, "it looks up"),
    ("layers", {"src/base/a.c": '#include "a.h"\n'}, 'write includes from src/: "base/a.h"'),
    ("layers", {"src/base/a.c": "\n#include <duckdb.h>\n"}, "src/base/a.c:2: duckdb.h belongs to engine/ alone"),
    ("layers", {"src/engine/b.c": "#include <sqlite3.h>\n"}, "sqlite3.h belongs to ledger/ alone"),
    ("layers", {"src/engine/b.c": "#include <yaml.h>\n"}, "yaml.h belongs to pack/ alone"),
    ("layers", {"src/base/a.c": "#include <openssl/evp.h>\n"}, "openssl/evp.h belongs to base/hash.c alone"),
    ("layers", {"src/medic/m.c": "#include <fcntl.h>\n"}, "medic/ does no I/O"),
    ("layers", {"src/attic/x.c": "int x;\n"}, "'attic' is no room"),
    ("headers", {"src/base/n.h": "/* n */\nsize_t n(void);\n"}, "src/base/n.h:1: does not compile alone"),
    ("headers", {"src/base/n.h": "/* n */\nstruct n { int x; };\n"}, "src/base/n.h:1: does not compile alone"),
    ("headers", {"src/base/n.h": "#pragma once\nint n(void);\n"}, "a header opens with a comment"),
    ("sizes", {"src/base/a.c": "int f(int x)\n{\n" + LONG_BODY + "  return x;\n}\n"}, "src/base/a.c:1: f() has 124 lines"),
    ("sizes", {"src/base/a.c": FORKED}, "f() has "),
    ("sizes", {"tests/base/test_a.c": 'static const char *s = "{";\nint f(int x)\n{\n' + LONG_BODY + "  return x;\n}\n"}, "tests/base/test_a.c:2: f() has 124 lines"),
    ("sizes", {"src/base/a.c": "int x;\n" * 1201}, "src/base/a.c:1: 1201 lines"),
    ("sizes", {"src/base/t.inc": "int f(int x)\n{\n  return x;\n}\n"}, "a .inc file holds data alone"),
    ("banned", {"src/base/a.c": "int a(char *b)\n{\n  return str" "cpy (b, \"x\") != 0;\n}\n"}, "src/base/a.c:3: strcpy() is banned"),
    ("banned", {"src/base/a.c": "int a(char *b) { return ato" "i(b); }\n"}, "atoi() is banned"),
    ("banned", {"fuzz/fuzz_x.c": "void f(long *t) { local" "time(t); }\n"}, "localtime() is banned"),
    ("wired", {"src/base/z.c": "int z;\n"}, "src/base/z.c:1: not listed"),
    ("wired", {"tests/base/test_z.c": "int z;\n"}, "tests/base/test_z.c:1: not listed"),
    ("wired", {"fuzz/fuzz_z.c": "int z;\n"}, "fuzz/fuzz_z.c:1: not listed"),
    ("wired", {"tests/base/meson.build": "# 'test_a', later\n"}, "tests/base/test_a.c:1: not listed"),
    ("content", {"docs/a.md": "\nget it from registry.np" "mjs.org\n"}, "docs/a.md:2: names a package registry's host"),
    ("content", {"src/base/a.c": "/* see /wo" "rk/x.c */\n"}, "src/base/a.c:1: names a path of one machine"),
    ("content", {"docs/a.md": "look in /home/" "jo/x\n"}, "names a path of one machine"),
    ("content", {"src/base/a.c": 'const char *t = "/tm' 'p/x";\n'}, "names a path under the temporary folder"),
]
# What looks like a violation and is none.
INNOCENT = {
    "src/base/a.c": '#include "base/a.h"\n'
                    "/* #include \"engine/b.h\" and str" "cpy(a, b) are only spoken of here */\n"
                    'static const char *quoted = "str' 'cpy(a, b) { { {";\n'
                    "static const struct { int (*f)(int); int n[2]; } table[] = {{a, {1, 2}}};\n"
                    "int a(int x)\n{\n  return x + table[0].n[0] + (quoted != 0);\n}\n",
    "src/base/t.inc": "{1, 2},\n" * 1300,
    "src/base/work/readme.txt": "src/base/work/readme.txt, a/tmp/b, re-network/\n",
    "tests/base/test_a.c": 'const char *t = "/tm' 'p/x";\nint main(void)\n{\n  return t == 0;\n}\n',
}


def run_gate(gate, changes):
    """(exit code, output) of a gate over the clean tree with these changes."""
    with tempfile.TemporaryDirectory(prefix="suwen-gate-") as folder:
        root = pathlib.Path(folder)
        shutil.copy(REPOSITORY / "meson.build", root)
        for name, text in {**CLEAN, **changes}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = subprocess.run([str(GATES / f"{gate}.py"), "--root", str(root)],
                                capture_output=True, text=True)
        return result.returncode, result.stdout + result.stderr


def expect_failure(case):
    gate, changes, words = case
    code, output = run_gate(gate, changes)
    if code != 1 or words not in output:
        return f"{gate}: with {list(changes)[0]} planted: exit {code}, expected 1 and '{words}'; it said:\n{output}"
    return None


def expect_success(case):
    gate, changes = case
    code, output = run_gate(gate, changes)
    return f"{gate}: fails a tree without violation (exit {code}):\n{output}" if code else None


def compiled(folder, name, source, *options):
    path = pathlib.Path(folder) / name
    path.with_suffix(".c").write_text(source)
    subprocess.run(["gcc", *options, "-o", str(path), str(path.with_suffix(".c"))], check=True)
    return path


def check_hardening():
    """The gcc gate tells a hardened program from one that is not."""
    source = ("#include <stdio.h>\n#include <string.h>\n"
              "int main(int n, char **v) { char b[64]; snprintf(b, sizeof b, v[0], n); memcpy(b, v[0], (size_t)n); return puts(b); }\n")
    with tempfile.TemporaryDirectory(prefix="suwen-gate-") as folder:
        soft = compiled(folder, "soft", source, "-w", "-O0", "-no-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-z", "norelro")
        hard = compiled(folder, "hard", source, "-w", "-O2", "-fPIE", "-pie", "-fstack-protector-strong",
                        "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-Wl,-z,relro,-z,now")
        for program, wanted in ((soft, 1), (hard, 0)):
            result = subprocess.run([str(GATES / "gcc.py"), "--program", str(program)], capture_output=True, text=True)
            if result.returncode != wanted:
                yield f"gcc: {program.name} program: exit {result.returncode}, expected {wanted}:\n{result.stdout}"


def check_warnings():
    """Both compilers, with the options of the build, refuse what the style forbids."""
    options = ["-std=c17", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wformat=2", "-Wundef", "-Wvla",
               "-Werror", "-fsyntax-only", "-x", "c", "-"]
    bad = ("int f(int n) { int v[n]; return v[0]; }\n", "int f(long n) { return n; }\n",
           "#if NOT_DEFINED\n#endif\nint x;\n", "int f(int n) { { int n = 1; (void) n; } return n; }\n")
    text = (REPOSITORY / "meson.build").read_text()
    for option in ("-Wshadow", "-Wconversion", "-Wformat=2", "-Wundef", "-Wvla", "werror=true", "warning_level=2"):
        if option not in text:
            yield f"meson.build: {option} is gone"
    for compiler in ("gcc", "clang"):
        for source in bad:
            if subprocess.run([compiler, *options], input=source, capture_output=True, text=True).returncode == 0:
                yield f"{compiler}: accepts {source!r}"


def check_packs():
    """The pack gate fails when the program refuses a pack, and when docs/packs.md is out of date."""
    with tempfile.TemporaryDirectory(prefix="suwen-gate-") as folder:
        root = pathlib.Path(folder)
        (root / "packs" / "p").mkdir(parents=True)
        (root / "docs").mkdir()
        page = root / "docs" / "packs.md"
        program = root / "program"

        def verdict(refuses, text):
            program.write_text(f'#!/bin/sh\ncase "$*" in *docs*) echo page; exit 0;; esac\nexit {refuses}\n')
            program.chmod(0o755)
            page.write_text(text)
            return subprocess.run([str(GATES / "packs.py"), "--root", folder, "--program", str(program)],
                                  capture_output=True).returncode

        if (verdict(0, "page\n"), verdict(1, "page\n"), verdict(0, "old\n")) != (0, 1, 1):
            yield "packs: does not tell a refused pack or an old page from good ones"


def check_lint():
    """clang-tidy with our list and cppcheck find a bug."""
    import lint
    with tempfile.TemporaryDirectory(prefix="suwen-gate-") as folder:
        bug = pathlib.Path(folder) / "bug.c"
        bug.write_text("#include <stdlib.h>\nint f(int n)\n{\n  int *p = malloc(4);\n  if (n > 2) p = NULL;\n  return *p;\n}\n")
        tidy = subprocess.run(["clang-tidy", "--quiet", f"--config-file={REPOSITORY / '.clang-tidy'}", str(bug), "--"],
                              capture_output=True, text=True)
        if tidy.returncode == 0:
            yield "lint: clang-tidy finds no null dereference"
        bug.write_text("void f(void)\n{\n  int a[4];\n  a[4] = 0;\n}\n")
        if subprocess.run([*lint.CPPCHECK, str(bug)], capture_output=True).returncode == 0:
            yield "lint: cppcheck finds no write past an array"


def main():
    problems = []
    pure = ("layers", "headers", "sizes", "banned", "wired", "content")
    with concurrent.futures.ThreadPoolExecutor(processors()) as pool:
        problems += [each for each in pool.map(expect_failure, PLANTED) if each]
        both = [(gate, changes) for gate in pure for changes in ({}, INNOCENT)]
        problems += [each for each in pool.map(expect_success, both) if each]
    covered = {case[0] for case in PLANTED} | {"gcc", "clang", "lint", "packs", "selftest"}
    problems += [f"{gate.name}: nothing is planted for this gate" for gate in GATES.iterdir()
                 if gate.suffix in (".py", ".sh") and gate.stem[0] != "_" and gate.stem not in covered]
    for check in (check_hardening, check_warnings, check_packs, check_lint):
        problems += check()
    finish(problems)


if __name__ == "__main__":
    sys.path.insert(0, str(GATES))
    main()
