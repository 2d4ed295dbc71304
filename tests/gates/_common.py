"""What the gates share: which files to look at, and how to say what is wrong.

A gate is a program in this folder. It takes `--root DIR` (default: this checkout), prints one line
for each violation (`file:line: what is wrong`) and exits with 0 (clean), 1 (violations) or 77
(nothing to check here). tests/gates/selftest.py plants violations and proves that each gate fails.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

SKIP = 77
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=pathlib.Path, default=REPOSITORY)
    return parser


def root_of(description):
    return arguments(description).parse_args().root.resolve()


def files(root, *folders, suffixes=None):
    """The files under these folders that git knows or would add; outside git, all of them."""
    listing = None
    if (root / ".git").exists():
        result = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root,
                                capture_output=True, text=True)
        if result.returncode == 0:
            listing = [name for name in result.stdout.split("\0") if name]
    if listing is None:
        listing = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    for name in sorted(set(listing)):
        path = root / name
        if folders and name.split("/")[0] not in folders:
            continue
        if suffixes and path.suffix not in suffixes:
            continue
        if path.is_file() and not path.is_symlink():
            yield name, path


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


TOKEN = re.compile(r"""
    /\*.*?(?:\*/|\Z)              # block comment
  | //(?:[^\n\\]|\\.)*            # line comment
  | "(?:[^"\\\n]|\\.)*"           # string
  | '(?:[^'\\\n]|\\.)*'           # character
""", re.VERBOSE | re.DOTALL)


def blank(match):
    """The same number of lines, nothing else; a literal keeps its quotes so that code stays code."""
    text = match.group(0)
    lines = "\n" * text.count("\n")
    return text[0] + lines + text[0] if text[0] in "\"'" else " " + lines


def without_comments(text):
    return TOKEN.sub(lambda m: m.group(0) if m.group(0)[0] in "\"'" else blank(m), text)


def code_only(text):
    """C without comments and without what literals hold; line numbers stay."""
    return TOKEN.sub(blank, text)


def finish(problems):
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


def processors():
    return os.cpu_count() or 2


def room_floors(root):
    """{room: the rooms its libraries link to}, from the one table in meson.build."""
    text = read(root / "meson.build")
    table = re.search(r"^room_floor = \{(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    if not table:
        sys.exit("meson.build: no room_floor table")
    return {room: re.findall(r"'(\w+)'", below)
            for room, below in re.findall(r"'(\w+)': \[(.*?)\]", table.group(1))}


def rooms_below(floors, room):
    found = set()
    stack = list(floors[room])
    while stack:
        below = stack.pop()
        if below not in found:
            found.add(below)
            stack += floors[below]
    return found
