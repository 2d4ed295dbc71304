#!/usr/bin/env python3
"""A region with faults and one without, read back by the document: the truth is exact and complete, totals close, clean
pages break no mandatory rule, rarities are there, and the bytes depend on the options alone."""
import csv
import collections
import datetime
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import pages
import region

SOURCE = pathlib.Path(os.environ.get("SW_SOURCE_ROOT", pathlib.Path(__file__).resolve().parents[2]))
SUWEN = os.environ.get("SW_SUWEN", str(SOURCE / "build" / "suwen"))
PERSONS = os.environ.get("SW_SYNTH_PERSONS", "420")
BROKEN = {"bad_bytes", "ragged_line", "unbalanced_quote"}
UNTYPABLE = {"untypable_date", "untypable_number"}
problems = []


def check(ok, text):
    if not ok and len(problems) < 60:
        problems.append(text)
    return ok


def synth(out, *more):
    command = [SUWEN, "synth", "--out", str(out), "--patients", PERSONS, "--content", str(SOURCE / "packs" / "synth"), "--quiet", *more]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{command}: {result.returncode}\n{result.stderr}")


def digest(root):
    total = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        total.update(str(path.relative_to(root)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def truth(root, name):
    with open(root / "truth" / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


class Region:
    """All files of a region, read once."""

    def __init__(self, root, tables):
        self.root, self.tables = root, tables
        self.records = {}
        for path in sorted((root / "deliveries").rglob("*")):
            if path.is_file() and path.name != "MANIFEST.csv":
                rel = str(path.relative_to(root / "deliveries"))
                self.records[rel] = list(region.read_file(root, rel))

    def rows(self, table, broken=False):
        """(org, delivery, logical values, record) of a table, oldest delivery first."""
        for rel, records in self.records.items():
            org, delivery, name = rel.split("/")
            if region.table_of(self.tables, org, name) != table:
                continue
            for r in records:
                if r.values is None or "合计" in r.values:
                    continue
                yield org, delivery, region.to_logical(self.tables, org, table, r.values), r

    def latest(self, table, *key):
        """The last version by key, with the institution in it."""
        out = {}
        for org, _, values, record in sorted(self.rows(table), key=lambda x: (x[0], x[1])):
            out[(org,) + tuple(values[k] for k in key)] = (values, record)
        return out


def check_faults(r):
    places = {(rel, rec.line): rec for rel, records in r.records.items() for rec in records}
    known = set()
    for f in truth(r.root, "faults.csv"):
        place = (f["file"], int(f["line"]))
        known.add(place)
        rec = places.get(place)
        if not check(rec is not None, f"no record at {place} for {f['kind']}"):
            continue
        key = f["key"].split("|")[0] if "||" not in f["key"] else f["key"].split("|")[0]
        text = rec.raw if rec.values is None or rec.raw else "\x1f".join(map(str, rec.values.values()))
        if f["kind"] != "bad_bytes":
            check(key in (text or ""), f"{place}: {f['kind']} does not hold the key {f['key']}")
        if f["kind"] in BROKEN:
            check(rec.values is None, f"{place}: {f['kind']} can be read")
        elif rec.values is not None and f["column"]:
            check(f["column"] in rec.values, f"{place}: no column {f['column']}")
    for place, rec in places.items():
        check(rec.values is not None or place in known, f"broken record that the truth does not name: {place}")


def biz_date(org, table, values, column):
    d = region.parse_date(org, table, values[column])
    return d.date() if d else None


def check_totals(r):
    first = min(p.name for p in (r.root / "deliveries").glob("*/*"))
    want = {}
    for org, delivery, v, _ in r.rows("daily_total"):
        day = region.parse_date(org, "daily_total", v["biz_date"]).date()
        if delivery == first:
            want[org, v["table_name"], day] = (int(v["row_count"]), region.fen(v["amount"]), v["patients"])
    closing = {}
    text = (SOURCE / "docs" / "synthetic-region.md").read_text(encoding="utf-8")
    name = None
    for line in text.splitlines():
        if line.startswith("#### "):
            name = line[5:].split(":")[0]
        elif line.startswith("files: ") and "closing day: `" in line:
            closing[name] = (line.split("closing day: `")[1].split("`")[0], line.split("amount: `")[1].split("`")[0])
    check(len(closing) > 15, "closing columns not found in the document")
    broken = collections.Counter()
    for f in truth(r.root, "faults.csv"):
        if f["kind"] in BROKEN:
            broken[f["file"]] += 1
    for table, (column, amount) in closing.items():
        rows, sums, patients = collections.Counter(), collections.Counter(), collections.defaultdict(set)
        damaged = set()
        for rel in r.records:
            org, delivery, file = rel.split("/")
            if delivery == first and broken[rel] and region.table_of(r.tables, org, file) == table:
                damaged.add(org)
        for org, delivery, v, _ in r.rows(table):
            day = biz_date(org, table, v, column) if delivery == first else None
            if day is None:
                continue
            rows[org, day] += 1
            sums[org, day] += region.fen(v[amount]) if amount != "-" else 0
            patients[org, day].add(v.get("patient_id"))
        for x in truth(r.root, "lost_rows.csv"):
            if x["table"] == table:
                day = datetime.date.fromisoformat(x["biz_date"])
                rows[x["institution"], day] += 1
                sums[x["institution"], day] += region.fen(x["amount"])
                patients[x["institution"], day].add(x["patient_id"])
        for (org, name, day), (n, money, people) in want.items():
            if name != table or org in damaged:
                continue
            check(rows[org, day] == n, f"{org} {table} {day}: {rows[org, day]} rows and lost ones, closing total {n}")
            check(amount == "-" or sums[org, day] == money, f"{org} {table} {day}: {sums[org, day]} fen, closing total {money}")
            check(not people or len(patients[org, day]) == int(people), f"{org} {table} {day}: {len(patients[org, day])} patients, closing total {people}")


def check_corrections(r):
    latest = {"patient": r.latest("patient", "patient_id"), "admission": r.latest("admission", "case_id")}
    for x in truth(r.root, "corrections.csv"):
        found = latest[x["table"]].get((x["institution"], x["key"]))
        if found:
            check(found[0][x["column"]] in (x["after"], "-", "无", ""), f"correction of {x['table']} {x['key']} has not arrived: {found[0][x['column']]}")


def check_fees(r, faulty):
    sums = collections.Counter()
    for (org, _), (v, _) in r.latest("fee_item", "fee_id").items():
        sums[org, v["encounter_id"]] += region.fen(v["amount"])
    lost = {(x["institution"], x["key"]) for x in truth(r.root, "lost_rows.csv")} | set()
    for (org, case), (v, rec) in r.latest("admission", "case_id").items():
        if (org, case) in faulty or any(k[1].startswith(case) and k[0] == org for k in lost):
            continue
        check(sums[org, case] == region.fen(v["total_cost"]), f"{org} {case}: fee items {sums[org, case]}, front page {v['total_cost']}")
    paid = collections.Counter()
    for (org, _), (v, _) in r.latest("settlement", "settlement_id").items():
        total, parts = region.fen(v["total_amount"]), sum(region.fen(v[c]) for c in ("fund_amount", "account_amount", "cash_amount"))
        check(total == parts, f"{org} settlement {v['settlement_id']}: {total} is not {parts}")
        check(region.fen(v["account_amount"]) + region.fen(v["cash_amount"]) == region.fen(v["self_pay"]) + region.fen(v["own_pay"]),
              f"{org} settlement {v['settlement_id']}: who pays does not add up")
        paid[org, v["encounter_id"]] += total
    for key, total in paid.items():
        if not lost or not any(k[1].startswith(key[1]) and k[0] == key[0] for k in lost):
            check(key in faulty or total == sums[key], f"{key}: settled {total}, charged {sums[key]}")


def check_cases(r, clean):
    cases = {(c["institution"], c["case_id"]): c for c in truth(r.root, "cases.csv")}
    seen = r.latest("admission", "case_id")
    for key, c in cases.items():
        check((c["delivered"] == "1") == (key in seen), f"{key}: delivered is {c['delivered']}")
    check(set(seen) <= set(cases), "a front page is not in cases.csv")
    lists = collections.defaultdict(dict)
    for (org, setl, seq), (v, _) in r.latest("diseinfo", "setl_id", "seq").items():
        lists[org, setl][int(seq)] = v["diag_code"]
    info = {(org, s): v["mdtrt_id"] for (org, s), (v, _) in r.latest("setlinfo", "setl_id").items()}
    for key, dx in lists.items():
        case = cases[key[0], info[key]]
        check([dx[i] for i in sorted(dx)] == case["dx_list_principal_first"].split("|"), f"{key}: settlement list's diagnoses are not the truth's")
    return cases, seen


def check_clean(r):
    for name in ("faults.csv", "lost_rows.csv"):
        check(not truth(r.root, name), f"{name} is not empty without faults")
    found = pages.check_all(r)
    for rule, examples in sorted(found.items()):
        check(False, f"clean pages fail {rule}: {len(examples)}, as {examples[:3]}")


def check_rarities(r):
    names = collections.Counter(x["rarity"] for x in truth(r.root, "rarities.csv"))
    wanted = ("minority_name foreigner old_id_15 age_104 male_breast_cancer child_ovarian_tumour well_newborn twins surgery_before_admission "
              "stay_0_days stay_400_days psychiatry_without_drugs rehabilitation_without_drugs zero_fee_stay forty_diagnoses day_surgery "
              "campus_transfer rare_character guardian_id compound_surname unsettled_stay unknown_patient newborn").split()
    for name in wanted:
        check(names[name] >= 1, f"rarity {name} is missing")
    patients = r.latest("patient", "patient_id")
    text = [v["name"] for v, _ in patients.values()]
    check(any("·" in n for n in text) and any(n.isascii() and " " in n for n in text), "no minority or foreign name")
    former = [v["former_name"] for v, _ in patients.values()]
    check(any(n.endswith("之子") for n in text + former) and any(n.endswith("之女2") for n in text + former), "no newborn's name")
    check(any(ord(c) > 0xFFFF for n in text for c in n), "no character outside the basic plane")
    check(any(len(v["id_no"]) == 15 for v, _ in patients.values()), "no 15-digit number")


def check_ids(r):
    for (org, _), (v, _) in r.latest("patient", "patient_id").items():
        if len(v["id_no"]) == 18 and v["cert_type"] == "1":
            check(pages.id_ok(v["id_no"]), f"{org} {v['patient_id']}: {v['id_no'][:6]}… has a wrong check character")


def check_layouts(r):
    for rel, records in r.records.items():
        org, _, name = rel.split("/")
        table = region.table_of(r.tables, org, name)
        whole = next((x for x in records if x.values is not None and "合计" not in x.values), None)
        if whole is None or name.endswith(".xlsx") or name.startswith("HQMS_"):
            continue
        vendor = region.profile(org)[0]
        columns = [c["column"] if table in region.SETL else c[vendor] for c in r.tables[table].columns]
        check(list(whole.values)[:len(columns)] == columns, f"{rel}: columns are not the document's")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        synth(folder / "one", "--threads", "1")
        synth(folder / "two", "--threads", "2")
        check(digest(folder / "one") == digest(folder / "two"), "one and two threads give different bytes")
        synth(folder / "clean", "--no-faults", "--threads", "2")
        tables = region.read_document(SOURCE / "docs" / "synthetic-region.md")
        r = Region(folder / "one", tables)
        check_layouts(r)
        check_faults(r)
        check_totals(r)
        check_corrections(r)
        faulty = set()
        for f in truth(r.root, "faults.csv"):
            faulty.add((f["file"].split("/")[0], f["key"].split("|")[0] if "||" not in f["key"] else f["key"]))
            faulty.add((f["file"].split("/")[0], f["key"]))
        bad_lines = {(f["file"].split("/")[0]) for f in truth(r.root, "faults.csv") if f["kind"] in BROKEN | {"fee_line_amount"}}
        check_cases(r, False)
        c = Region(folder / "clean", tables)
        check_layouts(c)
        check_totals(c)
        check_fees(c, set())
        check_cases(c, True)
        check_clean(c)
        check_rarities(c)
        check_ids(c)
    for p in problems:
        print("not ok:", p)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
