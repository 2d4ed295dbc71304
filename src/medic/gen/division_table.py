#!/usr/bin/env python3
"""Makes the table of administrative division names (GB/T 2260) from the pinned code lists.

usage: division_table.py GBT2260_DIRECTORY OUT.c

Each division stands under its full name and under the short form people write (广东 for 广东省, 海淀 for 海淀区).
"""
import csv
import os
import re
import sys

ENDINGS = {
    "province": r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市)$",
    "city": r"(市|地区|盟|[^州]{2,12}自治州)$",
    "area": r"(市|区|县|旗)$",
}


def main():
    source, out_path = sys.argv[1:3]
    names = {}
    for kind in ("province", "city", "area"):
        with open(os.path.join(source, kind + ".csv"), encoding="utf-8-sig", newline="") as f:
            for row in csv.DictReader(f):
                code, name = int(row["code"]), row["name"].strip()
                forms = {name}
                short = re.sub(ENDINGS[kind], "", name)
                if len(short) >= 2:
                    forms.add(short)
                for form in forms:
                    names.setdefault(form.encode("utf-8"), set()).add(code)
    names = {n: c for n, c in names.items() if n.decode() not in ("市辖区", "城区", "郊区", "矿区")}
    entries = sorted((n, c) for n, codes in names.items() for c in codes)
    with open(out_path, "w", encoding="utf-8") as out:
        out.write("/* Made by src/medic/gen/division_table.py from the code lists of deps/gbt2260. */\n")
        out.write("#include \"medic/division_table.h\"\n\nconst sw_division_entry sw_division_entries[] = {\n")
        for name, code in entries:
            out.write(f"{{\"{name.decode()}\", {len(name)}, {code}}},\n")
        out.write(f"}};\nconst size_t sw_division_count = {len(entries)};\n")


main()
