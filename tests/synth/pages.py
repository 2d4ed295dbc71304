"""The mandatory front-page rules, written once more and apart from the quality room, to show that clean pages break none."""
import collections
import re

import region

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
ANAESTHESIA = set("01 0101 0102 0103 0104 02 0201 020101 020102 020103 0202 020201 020202 020203 020204 020205 020206 020207 020208 020209 "
                  "03 0301 0302 0303 0304 04 05 0501 0502 0503 99".split())
PHONE = re.compile(r"(1\d{10}|\d{3,4}-\d{7,8}|\d{7,8})")
FEES = [f"fee{i:02d}" for i in range(1, 25)]


def id_ok(text):
    return text[:17].isdigit() and "10X98765432"[sum(int(d) * w for d, w in zip(text, WEIGHTS)) % 11] == text[17]


def years(birth, day):
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


class Page:
    """A front page with its lists, whatever shape it came in."""

    def __init__(self, org, values, dx, procs):
        self.org, self.v, self.dx, self.procs = org, values, dx, procs
        self.codes = [d[0] for d in dx]
        self.others = self.codes[1:]
        self.main = self.codes[0]
        self.ops = [p["code"] for p in procs]

    def date(self, column):
        return region.parse_date(self.org, "admission", self.v[column])

    def sex(self):
        return {"男": "1", "女": "2", "M": "1", "F": "2", "1": "1", "2": "2"}.get(self.v["sex"], "9")

    def any(self, *prefixes):
        return any(c.startswith(p) for c in self.codes for p in prefixes)


def wide_lists(values, front):
    names = {"wide": ("ZDBM{n}", "ZDMC{n}", "RYBQ{n}", "SSBM{n}", "SSMC{n}", "SSRQ{n}", "SSJB{n}", "SZ{n}", "YZ{n}", "EZ{n}", "QKYH{n}", "MZFS{n}", "MZYS{n}"),
             "xlsx": ("其他诊断编码{m}", "其他诊断名称{m}", "其他诊断入院病情{m}", "手术编码{n}", "手术名称{n}", "手术日期{n}", "手术级别{n}", "术者{n}", "Ⅰ助{n}", "Ⅱ助{n}", "切口{n}", "麻醉{n}", "麻醉医师{n}"),
             "hqms": ("C06x{m:02d}C", "C07x{m:02d}N", "C08x{m:02d}C", "C35x{m:02d}C", "C36x{m:02d}N", "C37x{m:02d}", "C38x{m:02d}", "C39x{m:02d}", "C40x{m:02d}", "C41x{m:02d}", "C42x{m:02d}C", "C43x{m:02d}C", "C44x{m:02d}")}[front]
    first = {"xlsx": ("主要诊断编码", "主要诊断名称", "主要诊断入院病情"), "hqms": ("C03C", "C04N", "C05C")}.get(front)
    main_op = ("C14x01C", "C15x01N", "C16x01", "C17x01", "C18x01", "C19x01", "C20x01", "C21x01C", "C22x01C", "C23x01") if front == "hqms" else None
    dx, procs = [], []
    for n in range(1, 42):
        keys = first if n == 1 and first else [x.format(n=n, m=n - 1) for x in names[:3]]
        if keys[0] in values and any(values[k] for k in keys):
            dx.append(tuple(values[k] for k in keys))
        keys = main_op if n == 1 and main_op else [x.format(n=n, m=n - 1) for x in names[3:]]
        if keys[0] in values and values[keys[0]]:
            procs.append(dict(zip(("code", "name", "time", "level", "surgeon", "first", "second", "cut", "anaes", "anaesthetist"), (values[k] for k in keys))))
    return dx, procs


def read_pages(r):
    long_dx, long_procs = collections.defaultdict(dict), collections.defaultdict(dict)
    for (org, case, seq), (v, _) in r.latest("case_diagnosis", "case_id", "seq").items():
        long_dx[org, case][int(seq)] = (v["icd_code"], v["icd_name"], v["admit_condition"])
    for (org, case, seq), (v, _) in r.latest("case_procedure", "case_id", "seq").items():
        long_procs[org, case][int(seq)] = {"code": v["icd9_code"], "name": v["icd9_name"], "time": v["operated_at"], "level": v["proc_level"],
                                           "surgeon": v["operator"], "first": v["assistant1"], "second": v["assistant2"], "cut": v["incision"],
                                           "anaes": v["anaesthesia"], "anaesthetist": v["anaesthetist"]}
    for (org, case), (v, _) in r.latest("admission", "case_id").items():
        front = region.profile(org)[2]
        if front == "long":
            dx, procs = [long_dx[org, case][k] for k in sorted(long_dx[org, case])], [long_procs[org, case][k] for k in sorted(long_procs[org, case])]
        else:
            dx, procs = wide_lists(v, front)
        yield case, Page(org, v, dx, procs)


def identity_rules(p, v):
    admit, discharge, birth = p.date("admit_time"), p.date("discharge_time"), p.date("birth_date")
    own = v["cert_type"] == "1" and len(v["id_no"]) == 18 and v["id_no"][6:14] == birth.strftime("%Y%m%d")
    age = int(v["age_years"])
    yield "Q001", 6 <= len(v["org_code"]) <= 22
    yield "Q002", 4 <= len(v["org_name"]) <= 80
    yield "Q003", 0 < len(v["record_no"]) <= 50
    yield "Q004", int(v["admit_times"]) >= 1
    yield "Q007", admit <= discharge
    yield "Q008", birth.date() <= admit.date()
    yield "Q009", int(v["stay_days"]) == max(1, (discharge.date() - admit.date()).days)
    yield "Q010", age == years(birth, admit)
    yield "Q011", (age == 0) == (v["age_days"] != "")
    yield "Q012", v["age_days"] == "" or 0 <= int(v["age_days"]) <= 365
    yield "Q013", 0 <= age <= 150
    yield "Q014", 2 <= len(v["name"]) <= 40 and not v["name"][0].isdigit()
    yield "Q015", p.sex() in "12"
    yield "Q017", v["id_no"] == "-" or len(v["id_no"]) in (15, 18)
    yield "Q018", len(v["id_no"]) != 18 or id_ok(v["id_no"])
    yield "Q019", len(v["id_no"]) != 18 or own or age < 18
    yield "Q020", not own or int(v["id_no"][16]) % 2 == int(p.sex()) % 2
    yield "Q022", re.fullmatch("[A-Z]{3}", v["nationality"])
    yield "Q023", v["marital"] in "12349"
    yield "Q024", v["marital"] == "1" or age >= (20 if p.sex() == "2" else 22)
    yield "Q025", v["occupation"] in "11 13 17 21 24 27 31 37 51 54 70 80 90".split()
    yield "Q026", age >= 6 or v["occupation"] == "90"
    yield "Q027", age >= 16 or v["occupation"] not in ("11", "37", "80")
    yield "Q029", v["payer"] in "1.1 1.2 2.1 2.2 3.1 3.2 4 5 6 7 8 9".split()
    for rule, column in (("Q030", "household_postcode"), ("Q031", "postcode")):
        yield rule, re.fullmatch(r"\d{6}", v[column]) and v[column] != "123456"
    yield "Q032", v["employer_postcode"] == "-" or re.fullmatch(r"\d{6}", v["employer_postcode"])
    yield "Q033", PHONE.fullmatch(v["phone"])
    yield "Q034", PHONE.fullmatch(v["contact_phone"])
    yield "Q035", v["employer_phone"] == "-" or PHONE.fullmatch(v["employer_phone"])
    for rule, column in (("Q036", "birth_address"), ("Q038", "household_address"), ("Q039", "address"), ("Q040", "employer")):
        yield rule, v[column] and not v[column].isdigit()
    yield "Q041", 2 <= len(v["contact_name"]) <= 40
    yield "Q042", v["contact_relation"] in "0123456789" and v["contact_relation"]
    yield "Q043", v["contact_relation"] not in "23" or age >= 20
    yield "Q044", v["contact_relation"] == "0" or v["contact_name"] != v["name"]


def course_rules(p, v):
    discharge, age = p.date("discharge_time"), int(v["age_years"])
    admit = p.date("admit_time")
    yield "Q045", v["admit_way"] in ("1", "2", "3", "9")
    yield "Q047", v["admit_ward"] and v["discharge_ward"]
    yield "Q048", (v["admit_dept"] != v["discharge_dept"]) <= (v["transfer_depts"] not in ("", "-"))
    yield "Q049", v["clinic_diag_code"] and v["clinic_diag_name"]
    yield "Q050", p.dx[0][0] and p.dx[0][1]
    yield "Q052", all(d[2] in ("1", "2", "3", "4") for d in p.dx)
    yield "Q053", p.dx[0][2] != "4"
    yield "Q055", p.main not in p.others
    yield "Q056", len(set(p.others)) == len(p.others)
    yield "Q057", p.main[0] not in "VWXY"
    yield "Q059", not p.main.startswith(("Z33", "Z37"))
    yield "Q060", not re.match(r"Z53|Z[89]\d", p.main)
    yield "Q062", not p.main.startswith(("T30", "T31", "T32"))
    yield "Q064", not p.main.endswith("*")
    female_only = re.compile(r"C5[1-8]|D06|D07\.[0-3]|D2[5-8]|D39|N[789]\d|O\d\d|E28|A34|Q5[0-2]|R87|Z3[2-7]|Z39|P54\.6")
    male_only = re.compile(r"C6[0-3]|D07\.[4-6]|D29|D40|N4\d|N50|N51|B26\.0|E29|Q5[345]|R86|S31\.[23]|Z12\.5")
    yield "Q069", p.sex() != "2" or not any(male_only.match(c) for c in p.codes)
    yield "Q070", p.sex() != "1" or not any(female_only.match(c) for c in p.codes if not re.match(r"N9[89]|N[789]\d", c) or c < "N70" or "N70" <= c[:3] <= "N98")
    yield "Q071", p.sex() != "1" or not any(re.match(r"6[5-9]|7[0-5]", c) for c in p.ops)
    yield "Q072", p.sex() != "2" or not any(re.match(r"6[0-4]", c) for c in p.ops)
    yield "Q074", age > 12 or not p.any("O")
    yield "Q076", age <= 5 or not p.any("P")
    yield "Q109", all(v[c] for c in ("dept_director", "chief_doctor", "attending_doctor", "resident_doctor", "nurse", "coder"))
    yield "Q110", p.date("qc_date").date() >= discharge.date()
    yield "Q111", v["quality"] in "123"
    yield "Q140", v["discharge_way"] in ("1", "2", "3", "4", "5", "9")
    yield "Q141", (v["discharge_way"] in ("2", "3")) == (v["receiving_org"] not in ("", "-"))
    yield "Q142", (v["discharge_way"] == "5") == (v["autopsy"] in ("1", "2"))
    yield "Q143", v["discharge_way"] != "5" or v["readmit_plan"] == "1"
    yield "Q144", (v["readmit_plan"] == "2") == (v["readmit_purpose"] not in ("", "-"))
    yield "Q114", all(admit.date().toordinal() - 1 <= region.parse_date(p.org, "admission", x["time"]).date().toordinal() <= discharge.date().toordinal() for x in p.procs)


def special_rules(p, v):
    days = int(v["age_days"]) if v["age_days"] else 9999
    weights = [v[f"birth_weight{i}"] for i in range(1, 6)]
    yield "Q080", days > 28 or v["newborn_admit_weight"] != ""
    yield "Q081", all(100 <= int(w) <= 9999 and int(w) % 10 == 0 for w in weights + [v["newborn_admit_weight"]] if w)
    yield "Q082", not p.any("Z37.0", "Z37.2", "Z37.3", "Z37.5", "Z37.6") or weights[0] != ""
    yield "Q083", not p.any("Z37.2") or (weights[0] and weights[1])
    yield "Q087", days <= 28 or v["newborn_admit_weight"] == ""
    yield "Q088", p.any("Z37") == p.any("O80", "O81", "O82", "O83", "O84")
    yield "Q090", not p.any("O82") or any(c.startswith("74.") for c in p.ops)
    yield "Q091", not p.any("O80") or not any(re.match(r"74\.[0124]", c) for c in p.ops)
    tumour = re.match(r"C\d|D[0-3]\d|D4[0-8]", p.main)
    yield "Q092", not tumour or (v["pathology_code"] and v["pathology_name"])
    yield "Q093", not v["pathology_code"] or v["pathology_no"]
    yield "Q094", not v["pathology_code"] or re.fullmatch(r"M\d{4,5}/\d", v["pathology_code"])
    yield "Q096", not v["pathology_code"] or v["pathology_code"][-1] == ("3" if p.main[0] == "C" else "0" if "D10" <= p.main[:3] <= "D36" else "1")
    yield "Q097", not p.main.startswith(("Z51.0", "Z51.1")) or any(c[0] in "CD" for c in p.others)
    yield "Q098", not p.main.startswith("Z51.1") or any(c.startswith("99.25") for c in p.ops)
    injured = p.main[0] in "ST"
    yield "Q099", not injured or (v["injury_code"] and v["injury_name"])
    yield "Q100", not v["injury_code"] or v["injury_code"][0] in "VWXY"
    yield "Q101", p.any("S", "T") or v["injury_code"] in ("", "-")
    yield "Q103", all(0 <= int(v[c]) for c in ("coma_before_days", "coma_after_days")) and int(v["coma_before_hours"]) < 24 and int(v["coma_before_minutes"]) < 60
    yield "Q104", (v["allergy"] == "2") == (v["allergy_drugs"] not in ("", "-"))
    yield "Q106", v["abo"] in "123456"
    yield "Q107", v["rh"] in "1234"
    yield "Q108", region.fen(v["fee16"]) == 0 or (v["abo"] != "6" and v["rh"] != "4")
    for rule, first, second in (("Q148", "E14", "E11"), ("Q149", "K80.2", "K81"), ("Q150", "I11", "I12"), ("Q154", "I85.9", "K74"), ("Q147", "K72", "K70.4"),
                                ("Q151", "J44.9", "J18.9"), ("Q153", "M51.202", "M54.3")):
        yield rule, not (p.any(first) and p.any(second))


def operation_rules(p, v):
    for x in p.procs:
        surgery = x["level"] != ""
        cut = x["cut"] != ""
        yield "Q112", x["code"] and x["name"]
        yield "Q115", not surgery or x["level"] in "1234"
        yield "Q117", 2 <= len(x["surgeon"]) <= 40
        yield "Q118", not surgery or (x["first"] and x["second"])
        yield "Q119", not cut or x["cut"] in "0 1 2 3 10 4 5 6 20 7 8 9 30".split()
        yield "Q120", not cut or x["anaes"] in ANAESTHESIA
        yield "Q121", (x["anaes"] != "") == (x["anaesthetist"] != "")
        yield "Q136", x["anaes"] == "" or x["anaes"].startswith("03") or region.fen(v["fee10a"]) > 0
        yield "Q137", not cut or region.fen(v["fee10b"]) > 0
    yield "Q113", not p.ops or not re.match(r"00\.4[0-35-8]|00\.7[4-7]|00\.9", p.ops[0])
    keys = [(x["code"], x["time"][:10]) for x in p.procs]
    yield "Q122", len(set(keys)) == len(keys)
    yield "Q137", region.fen(v["fee10"]) == 0 or p.ops


def fee_rules(p, v):
    f = {c: region.fen(v[c]) for c in FEES + ["fee09a", "fee10a", "fee10b", "fee13a", "total_cost", "self_cost"]}
    days = int(v["stay_days"])
    quiet = re.match(r"F|Z50|I69|M54\.5", p.main)
    yield "Q127", v["total_cost"] != "" and f["total_cost"] >= 0
    yield "Q128", f["total_cost"] == sum(f[c] for c in FEES)
    yield "Q129", 0 <= f["self_cost"] <= f["total_cost"]
    yield "Q130", f["fee10"] >= f["fee10a"] + f["fee10b"]
    yield "Q131", f["fee09"] >= f["fee09a"]
    yield "Q132", f["fee13"] >= f["fee13a"]
    yield "Q133", days <= 1 or f["fee01"] > 0
    yield "Q134", days <= 1 or f["fee03"] > 0
    yield "Q135", days <= 1 or quiet or f["fee21"] + f["fee22"] + f["fee23"] > 0
    yield "Q138", f["fee24"] < f["total_cost"] or f["total_cost"] == 0
    yield "Q139", all(f[c] >= 0 for c in FEES)


def check_all(r):
    """Rule -> examples of clean pages that fail it."""
    found, seen, stays = collections.defaultdict(list), set(), collections.defaultdict(list)
    for case, p in read_pages(r):
        for rules in (identity_rules, course_rules, special_rules, operation_rules, fee_rules):
            try:
                for rule, ok in rules(p, p.v):
                    if not ok:
                        found[rule].append((p.org, case, p.main))
            except (ValueError, AttributeError, IndexError, TypeError) as e:
                found[f"{rules.__name__}: {e!r}"].append((p.org, case))
        key = (p.org, p.v["record_no"], p.v["admit_times"])
        if key in seen:
            found["Q165"].append(key)
        seen.add(key)
        stays[p.org, p.v["patient_id"]].append((p.date("admit_time"), p.date("discharge_time"), case))
    for key, list_of in stays.items():
        list_of.sort()
        for a, b in zip(list_of, list_of[1:]):
            if b[0] < a[1]:
                found["Q165 overlap"].append((key, a[2], b[2]))
    return found
