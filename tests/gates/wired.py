#!/usr/bin/env python3
"""Every source, test, fuzz target and bench is listed where it is built: what is not listed never runs."""
import re

from _common import files, finish, read, room_floors, root_of


def listed(root, build_file):
    path = root / build_file
    text = re.sub(r"#.*", "", read(path)) if path.exists() else ""
    return set(re.findall(r"'([^']+)'", text))


def entry_of(name):
    """(build file, the entry that must be in it) for a file, or None."""
    parts = name.split("/")
    stem, _, suffix = parts[-1].rpartition(".")
    if parts[0] == "src" and len(parts) >= 3 and suffix == "c":
        return f"src/{parts[1]}/meson.build", "/".join(parts[2:])
    if parts[0] == "tests" and len(parts) == 3 and parts[-1].startswith("test_") and suffix in ("c", "py", "sh"):
        return f"tests/{parts[1]}/meson.build", stem if suffix == "c" else parts[-1]
    if parts[0] == "fuzz" and stem.startswith("fuzz_") and suffix == "c":
        return "fuzz/meson.build", stem.removeprefix("fuzz_")
    if parts[0] == "bench" and stem.startswith("bench_") and suffix == "c":
        return "bench/meson.build", stem.removeprefix("bench_")
    return None


def main():
    root = root_of(__doc__)
    rooms = room_floors(root)
    problems = []
    for name, _ in files(root, "src", "tests", "fuzz", "bench"):
        parts = name.split("/")
        wanted = entry_of(name)
        if not wanted or (parts[0] in ("src", "tests") and parts[1] not in rooms):
            continue
        build_file, entry = wanted
        if entry not in listed(root, build_file):
            problems.append(f"{name}:1: not listed as '{entry}' in {build_file}")
    finish(problems)


if __name__ == "__main__":
    main()
