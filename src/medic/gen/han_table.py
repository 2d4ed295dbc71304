#!/usr/bin/env python3
"""Makes the table of Han characters (readings, variants, shapes) from Unicode's Unihan files.

usage: han_table.py UNICODE_DIRECTORY OUT.c

Read: kMandarin, kHanyuPinlu, kTGHZ2013, kXHC1983 (readings), kSimplifiedVariant, kZVariant, kCompatibilityVariant
(variants), kTotalStrokes, kFourCornerCode, kCangjie (shapes). The files are Debian's package unicode-data; only what is
computed from them at build time goes into the program.
"""
import bz2
import os
import re
import sys
import unicodedata

READINGS = ("kMandarin", "kHanyuPinlu", "kTGHZ2013", "kXHC1983")
MAX_READINGS = 3


def unihan(directory, name):
    plain = os.path.join(directory, f"Unihan_{name}.txt")
    path = plain if os.path.exists(plain) else plain + ".bz2"
    opener = bz2.open if path.endswith(".bz2") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("U+"):
                code, prop, value = line.rstrip("\n").split("\t", 2)
                yield int(code[2:], 16), prop, value


def toneless(reading):
    """chuáng -> chuang, lǚ -> lv"""
    out = []
    for c in unicodedata.normalize("NFD", reading.lower()):
        if c == "\u0308" and out and out[-1] == "u":
            out[-1] = "v"
        elif "a" <= c <= "z":
            out.append(c)
    return "".join(out)


def syllables_of(prop, value):
    if prop == "kMandarin":
        words = value.split()
    elif prop == "kHanyuPinlu":
        words = [re.sub(r"\(.*", "", w) for w in value.split()]
    else:  # position:reading,reading
        words = [r for w in value.split() for r in w.split(":", 1)[-1].split(",")]
    return [s for s in map(toneless, words) if s]


def fuzzy(s):
    """The class of syllables that speakers and typists of many regions confuse."""
    for a, b in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if s.startswith(a):
            s = b + s[2:]
    if s[0] in "nr" and len(s) > 1:
        s = "l" + s[1:]
    if s.startswith("hu") and len(s) > 2:  # hui/fei, huang/fang
        s = "f" + s[2:]
    for a, b in (("ang", "an"), ("eng", "en"), ("ing", "in"), ("ong", "on")):
        if s.endswith(a):
            s = s[: -len(a)] + b
    return s


def targets(value):
    return [int(v.split("<")[0][2:], 16) for v in value.split()]


def main():
    directory, out_path = sys.argv[1:3]
    readings, simple, z, compat, strokes, four, cangjie = {}, {}, {}, {}, {}, {}, {}
    for cp, prop, value in unihan(directory, "Readings"):
        if prop in READINGS:
            known = readings.setdefault(cp, {}).setdefault(prop, [])
            known += syllables_of(prop, value)
    for cp, prop, value in unihan(directory, "Variants"):
        if prop == "kSimplifiedVariant":
            others = [t for t in targets(value) if t != cp]
            if others:
                simple[cp] = others[0]
        elif prop == "kZVariant":
            z[cp] = targets(value)[0]
    for cp, prop, value in unihan(directory, "IRGSources"):
        if prop == "kTotalStrokes":
            strokes[cp] = int(value.split()[0])
        elif prop == "kCompatibilityVariant":
            compat[cp] = targets(value)[0]
    for cp, prop, value in unihan(directory, "DictionaryLikeData"):
        if prop == "kFourCornerCode":
            four[cp] = int(value.split()[0].split(".")[0])
        elif prop == "kCangjie":
            cangjie[cp] = value.split()[0][:5]

    def canonical(cp):
        for _ in range(4):
            nxt = compat.get(cp) or simple.get(cp)
            if nxt is None and cp in z and z[cp] < cp:
                nxt = z[cp]
            if nxt is None or nxt == cp:
                return cp
            cp = nxt
        return cp

    def reading_list(cp):
        merged = []
        for prop in READINGS:
            for s in readings.get(cp, {}).get(prop, []):
                if s not in merged:
                    merged.append(s)
        return merged[:MAX_READINGS]

    chars = sorted(cp for cp in strokes.keys() | readings.keys() | compat.keys()
                   if reading_list(cp) or cp in four or canonical(cp) != cp)
    syllables = sorted({s for cp in chars for s in reading_list(cp)})
    number = {s: i + 1 for i, s in enumerate(syllables)}
    classes = {}
    for s in syllables:
        classes.setdefault(fuzzy(s), len(classes) + 1)
    pages = sorted({cp >> 8 for cp in chars})
    with open(out_path, "w", encoding="ascii") as out:
        w = out.write
        w("/* Made by src/medic/gen/han_table.py from Unicode's Unihan files. */\n#include \"medic/han_table.h\"\n\n")
        w("const char *const sw_han_syllables[] = {\"\"")
        w("".join(f", \"{s}\"" for s in syllables) + "};\n")
        w(f"const size_t sw_han_nsyllables = {len(syllables) + 1};\n")
        w("const uint16_t sw_han_fuzzy_class[] = {0" + "".join(f", {classes[fuzzy(s)]}" for s in syllables) + "};\n")
        w("const sw_han_entry sw_han_entries[] = {\n{0, {0, 0, 0}, 0xFFFF, 0, \"\"},\n")
        for cp in chars:
            r = [number[s] for s in reading_list(cp)] + [0] * MAX_READINGS
            c = canonical(cp)
            w(f"{{{c if c != cp else 0}, {{{r[0]}, {r[1]}, {r[2]}}}, {four.get(cp, 0xFFFF)}, {min(strokes.get(cp, 0), 255)}, "
              f"\"{cangjie.get(cp, '')}\"}},\n")
        w("};\n")
        index = {cp: i + 1 for i, cp in enumerate(chars)}
        w(f"const uint16_t sw_han_page_of[{0x324}] = {{")
        place = {p: i + 1 for i, p in enumerate(pages)}
        w(", ".join(str(place.get(p, 0)) for p in range(0x324)) + "};\n")
        w("const uint16_t sw_han_pages[][256] = {\n{0},\n")
        for p in pages:
            w("{" + ",".join(str(index.get(p << 8 | i, 0)) for i in range(256)) + "},\n")
        w("};\n")


main()
