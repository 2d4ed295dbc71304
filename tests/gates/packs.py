#!/usr/bin/env python3
"""Every built-in pack passes `suwen pack check`, and docs/packs.md, docs/packs.zh.md are what `suwen pack docs` writes."""
import pathlib
import subprocess
import sys

from _common import SKIP, arguments, finish


def run(program, root, *words):
    return subprocess.run([str(program), *words], cwd=root, capture_output=True, text=True, errors="replace")


def main():
    parser = arguments(__doc__)
    parser.add_argument("--program", type=pathlib.Path)
    options = parser.parse_args()
    root = options.root.resolve()
    program = options.program or root / "build" / "suwen"
    packs = sorted(path for path in (root / "packs").glob("*") if path.is_dir())
    if options.program is None:
        if not packs:
            print("no packs yet")
            sys.exit(SKIP)
        if subprocess.run([str(root / "tools" / "build.sh"), "build"]).returncode:
            sys.exit(1)
        if not program.exists() or run(program, root, "help", "pack").returncode:
            print("no `suwen pack` yet")
            sys.exit(SKIP)
    problems = []
    for pack in packs:
        result = run(program, root, "pack", "check", str(pack.relative_to(root)))
        if result.returncode:
            problems.append(f"packs/{pack.name}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    for lang, name in (("en", "docs/packs.md"), ("zh", "docs/packs.zh.md")):
        page = root / name
        if page.exists():
            result = run(program, root, "--lang", lang, "pack", "docs")
            if result.returncode or result.stdout != page.read_text(encoding="utf-8"):
                problems.append(f"{name}:1: is not what `suwen --lang {lang} pack docs` writes: run make docs")
    finish(problems)


if __name__ == "__main__":
    main()
