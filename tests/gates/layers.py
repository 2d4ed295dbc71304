#!/usr/bin/env python3
"""Rooms only look down, and a third-party header has one home."""
import re

from _common import files, finish, read, room_floors, rooms_below, root_of, without_comments

# Where a third-party header may be included: rooms, or single files.
HOMES = {
    r"duckdb\.h": ["engine/"],
    r"sqlite3\.h": ["ledger/"],
    r"yaml\.h": ["pack/"],
    r"openssl/.*": ["base/hash.c"],
    r"jansson\.h": ["base/", "engine/", "coding/"],  # parse trees; code mappings kept as decisions
    r"utf8proc\.h": ["base/"],
    r"uchardet.*": ["intake/"],
    r"zlib\.h|zstd.*\.h": ["intake/", "synth/compress.c"],  # the generator writes what the intake reads
    r"zip\.h|libxml/.*": ["intake/"],
    r"sql\.h|sqlext\.h|sqltypes\.h|sqlucode\.h|odbc.*": ["intake/"],
}
# medic/ is pure: functions over plain structs, without I/O.
IMPURE = re.compile(r"fcntl\.h|unistd\.h|dirent\.h|pthread\.h|sys/.*|netinet/.*")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def check(name, text, floors):
    room = name.split("/")[1]
    inside = name.removeprefix("src/")
    if room not in floors:
        yield f"{name}:1: '{room}' is no room of meson.build's room_floor"
        return
    allowed = rooms_below(floors, room) | {room}
    text = without_comments(text)
    for match in INCLUDE.finditer(text):
        place = f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        quoted, system = match.groups()
        if quoted and "/" not in quoted:
            yield f'{place}: write includes from src/: "{room}/{quoted}"'
            continue
        target = quoted or system
        first = target.split("/")[0]
        if quoted and first not in floors:
            yield f'{place}: "{quoted}" is in no room'
        elif first in floors and "/" in target and first not in allowed:
            way = "up" if room in rooms_below(floors, first) else "sideways"
            yield f"{place}: {room}/ may not include {target}: it looks {way}"
        for header, homes in HOMES.items():
            if re.fullmatch(header, target) and not inside.startswith(tuple(homes)):
                yield f"{place}: {target} belongs to {', '.join(homes)} alone"
        if room == "medic" and system and IMPURE.fullmatch(system):
            yield f"{place}: medic/ does no I/O and starts no threads: not <{system}>"


def main():
    root = root_of(__doc__)
    floors = room_floors(root)
    problems = []
    for name, path in files(root, "src", suffixes={".c", ".h", ".inc"}):
        if name.count("/") >= 2:
            problems += check(name, read(path), floors)
    finish(problems)


if __name__ == "__main__":
    main()
