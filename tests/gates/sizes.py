#!/usr/bin/env python3
"""No C function over 100 lines, no file over 1,200.

Tables of data (code lists, look-up tables) live in .inc files, which may be long but hold no function.
"""
import re

from _common import code_only, files, finish, read, root_of

FUNCTION_LINES = 100
FILE_LINES = 1200
CODE = {".c", ".h", ".inc", ".py", ".sh", ".ts", ".js"}


def without_preprocessor(code):
    """Blanks directives, and all but the first branch of each conditional: braces then balance."""
    lines = []
    depth_taken = []  # for each open #if: is its first branch still the current one?
    continued = False
    for line in code.split("\n"):
        directive = re.match(r"\s*#\s*(\w+)", line)
        if continued or directive:
            word = directive.group(1) if directive and not continued else ""
            if word in ("if", "ifdef", "ifndef"):
                depth_taken.append(True)
            elif word in ("elif", "else") and depth_taken:
                depth_taken[-1] = False
            elif word == "endif" and depth_taken:
                depth_taken.pop()
            continued = line.endswith("\\")
            lines.append("")
        else:
            lines.append(line if all(depth_taken) else "")
    return "\n".join(lines)


def functions(code):
    """(name, first line, last line) of every function definition of a C text."""
    code = without_preprocessor(code_only(code))
    depth = 0
    start = 0  # where the declaration at the top level began
    body = None
    for match in re.finditer(r"[{};]", code):
        mark = match.group(0)
        if mark == "{":
            if depth == 0:
                head = code[start:match.start()]
                # A definition's head has a parameter list and no initialiser; `struct x {` has no list.
                called = re.search(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head, flags=re.DOTALL))
                if called and "=" not in head and not re.match(r"\s*(typedef\b|enum\b[^(]*$)", head):
                    offset = len(head) - len(head.lstrip())
                    body = (called.group(1), code.count("\n", 0, start + offset) + 1)
            depth += 1
        elif mark == "}":
            depth = max(depth - 1, 0)
            if depth == 0:
                if body:
                    yield body[0], body[1], code.count("\n", 0, match.start()) + 1
                    body = None
                start = match.end()
        elif depth == 0:
            start = match.end()


def check(name, path):
    text = read(path)
    lines = text.count("\n") + (not text.endswith("\n"))
    if lines > FILE_LINES and path.suffix != ".inc":
        yield f"{name}:1: {lines} lines; the limit is {FILE_LINES}"
    if path.suffix not in (".c", ".h", ".inc"):
        return
    for function, first, last in functions(text):
        if path.suffix == ".inc":
            yield f"{name}:{first}: {function}(): a .inc file holds data alone"
        elif last - first + 1 > FUNCTION_LINES:
            yield f"{name}:{first}: {function}() has {last - first + 1} lines; the limit is {FUNCTION_LINES}"


def main():
    root = root_of(__doc__)
    problems = []
    for name, path in files(root, "src", "tests", "fuzz", "bench", "deps", "tools", "console", suffixes=CODE):
        problems += check(name, path)
    finish(problems)


if __name__ == "__main__":
    main()
