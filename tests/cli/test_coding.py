#!/usr/bin/env python3
"""National codes, groups, settlement and what hangs on them, end to end on a small synthetic region.

The truth that the region comes with says what every local code means; the insurer's file is made from our own settlement with
known manipulations, each of which must be explained as what it is.
"""
import collections
import csv
import decimal
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(os.environ.get("SW_SOURCE_ROOT", pathlib.Path(__file__).resolve().parents[2]))
RELEASE = ROOT / "build" / "suwen"
SUWEN = RELEASE if RELEASE.exists() else pathlib.Path(os.environ.get("SW_SUWEN", RELEASE))
STARTER = ROOT / "packs" / "hospital" / "catalogues" / "drg_starter"
D = decimal.Decimal
done = failed = 0


def case(name, good, detail=""):
    global done, failed
    done += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {done} - {name}", flush=True)
    if not good:
        print(f"# {str(detail)[:3000]}", flush=True)


def suwen(*words, check=True):
    p = subprocess.run([str(SUWEN), *map(str, words)], capture_output=True, text=True, encoding="utf-8", env=dict(os.environ, LC_ALL="C.UTF-8"))
    if check and p.returncode:
        raise SystemExit(f"suwen {' '.join(map(str, words))}: exit {p.returncode}\n{p.stdout}{p.stderr}")
    return p


def query(ws, sql):
    return list(csv.DictReader(io.StringIO(suwen("query", sql, "-C", ws, "--csv").stdout, newline="")))


def listing(*words):
    return json.loads(suwen(*words, "--json").stdout)


def truth(region, name):
    with open(region / "truth" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- national codes --------------------------------------------------------------------------------------------------


def check_codes(ws, region):
    mapping = truth(region, "mappings")
    kinds = {"diagnosis": ("dwd.diagnosis_coded", "code", "code_insurance", ("diagnosis",), "insurance_code"),
             "procedure": ("dwd.procedure_coded", "code", "code_insurance", ("procedure",), "insurance_code"),
             "fee": ("dwd.fee_item_coded", "item_code", "item_code_national", ("charge_item", "drug"), "national_code")}
    for kind, (table, local, target, words, column) in kinds.items():
        wanted = {(m["institution"], m["local_code"]): m[column] for m in mapping if m["kind"] in words and m["state"] == "mapped"}
        open_ = {(m["institution"], m["local_code"]) for m in mapping if m["kind"] in words and m["state"] != "mapped"}
        clinical = {}
        for m in mapping:
            if m["kind"] in words:
                clinical.setdefault(m["national_code"], set()).add(m[column])
        rows = query(ws, f"SELECT org_code, {local} AS l, coalesce({target}, '') AS t, count(*) AS n FROM {table} WHERE {local} IS NOT NULL GROUP BY ALL")
        known = [r for r in rows if (r["org_code"], r["l"]) in wanted]
        wrong = [r for r in known if r["t"] != wanted[(r["org_code"], r["l"])]]
        # front pages may carry the clinical edition's codes: the way to the insurance edition is the dictionaries'
        crossed = [r for r in rows if kind != "fee" and (r["org_code"], r["l"]) not in wanted | dict.fromkeys(open_, "") and r["l"] in clinical]
        case(f"all_{kind}_codes_are_recovered_where_a_mapping_exists", (known or crossed) and not wrong, (len(known), wrong[:5]))
        wrong = [r for r in crossed if r["t"] not in clinical[r["l"]]]
        case(f"clinical_{kind}_codes_become_insurance_codes", not wrong, wrong[:5])
        listed = {(r["org_code"], r["local_code"]) for r in query(ws, f"SELECT org_code, local_code FROM ads.unmapped_{kind}")}
        lost = [r for r in rows if not r["t"] and (r["org_code"], r["l"]) not in listed]
        case(f"what_has_no_{kind}_code_is_on_the_work_list", not lost, lost[:5])


def check_loop(ws, region):
    """Approve, run, undo: the mapping takes effect, survives the warehouse, and goes."""
    work = listing("recode", "worklist", "--list", "fee", "-C", ws)
    money = [D(str(r["yuan"])) for r in work]
    case("the_work_list_is_in_order_of_money", work and money == sorted(money, reverse=True), money[:5])
    meant = {(m["institution"], m["local_code"]): m["national_code"] for m in truth(region, "mappings") if m["kind"] in ("charge_item", "drug")}
    # what no institution has mapped cannot be suggested; some items have no national code at all
    possible = {m["national_code"] for m in truth(region, "mappings") if m["kind"] in ("charge_item", "drug") and m["state"] == "mapped"} - {""}
    suggested = [r for r in work if r["suggested"] and meant.get((r["org_code"], r["local_code"])) in possible]
    right = [r for r in suggested if meant.get((r["org_code"], r["local_code"])) == r["suggested"]]
    case("the_first_suggestion_is_mostly_the_truth", len(right) * 10 >= len(suggested) * 8, f"{len(right)} of {len(suggested)}")
    top = right[0]
    key = ("--org", top["org_code"], "-C", ws)
    suwen("recode", "approve", top["local_code"], "--code", "WRONG-1", "--reason", "first try", "--who", "coder", *key)
    suwen("recode", "approve", top["local_code"], "--code", top["suggested"], "--reason", "name", "--who", "chief", *key)
    other = next(r for r in suggested if r is not top)
    suwen("recode", "reject", other["local_code"], "--code", other["suggested"], "--org", other["org_code"], "-C", ws)
    count = f"SELECT count(*) AS n FROM dwd.fee_item_coded WHERE org_code = '{top['org_code']}' AND item_code = '{top['local_code']}' AND item_code_national = '{top['suggested']}'"
    case("nothing_changes_before_the_next_run", query(ws, count)[0]["n"] == "0")
    (ws / "warehouse.duckdb").unlink()
    suwen("run", "hospital-daily", "-C", ws, "--source", region / "deliveries")
    case("an_approved_mapping_is_used_after_the_warehouse_was_deleted", query(ws, count)[0]["n"] == str(top["rows"]), query(ws, count))
    kept = query(ws, "SELECT count(*) AS n, count(CASE WHEN cause = 'missing-theirs' THEN 1 END) AS missing FROM ads.insurer_difference")[0]
    case("the_insurers_result_survives_the_warehouse", int(kept["n"]) > 0 and kept["missing"] == "1", kept)
    again = {(r["org_code"], r["local_code"]): r for r in listing("recode", "worklist", "--list", "fee", "-C", ws)}
    case("a_rejected_suggestion_is_not_made_again", again[(other["org_code"], other["local_code"])]["suggested"] != other["suggested"] and
         (top["org_code"], top["local_code"]) not in again)
    history = listing("recode", "history", top["local_code"], "-C", ws)
    case("history_tells_who_why_and_which_version", [(h["action"], h["who"], h["reason"], h["version"], h["codes"]) for h in history] ==
         [("approve", "coder", "first try", 1, "WRONG-1"), ("approve", "chief", "name", 2, top["suggested"])], history)
    suwen("recode", "undo", history[1]["id"], "-C", ws)
    suwen("run", "hospital-daily", "-C", ws, "--from", "recode-fees", "--source", region / "deliveries")
    codes = query(ws, f"SELECT DISTINCT item_code_national AS c FROM dwd.fee_item_coded WHERE org_code = '{top['org_code']}' AND item_code = '{top['local_code']}'")
    case("undoing_brings_back_what_held_before", codes == [{"c": "WRONG-1"}], codes)
    listed = listing("recode", "coverage", "-C", ws)
    case("coverage_is_told_by_institution_before_and_after", listed and all(0 <= r["before"] <= r["after"] <= 1 for r in listed), listed[:3])


# --- groups and payments ---------------------------------------------------------------------------------------------


def check_groups(ws):
    for scheme, column in (("drg", "drg"), ("dip", "dip")):
        n = query(ws, f"SELECT (SELECT count(*) FROM dwd.admission) AS stays, count(*) AS cases, count(CASE WHEN status = 'grouped' AND {column} IS NOT NULL THEN 1 END) AS grouped,"
                      f" count(CASE WHEN status <> 'grouped' AND reason_zh IS NOT NULL AND reason_en IS NOT NULL THEN 1 END) AS reasons FROM dws.{scheme}_case")[0]
        case(f"every_inpatient_case_has_a_{scheme}_group_or_a_reason", int(n["stays"]) == int(n["cases"]) == int(n["grouped"]) + int(n["reasons"]) > 0, n)
        money = query(ws, f"SELECT (SELECT sum(fund) FROM dws.{scheme}_settlement_fund WHERE month IS NULL) AS fund, (SELECT sum(paid) FROM dws.{scheme}_settlement_fund WHERE month IS NULL)"
                          f" AS told, sum(paid) AS paid, sum(gain + cost) AS back FROM dws.{scheme}_settlement WHERE class <> 'excluded'")[0]
        case(f"the_sum_of_{scheme}_payments_equals_the_fund", money["fund"] == money["paid"] == money["told"] == money["back"], money)
        months = query(ws, f"SELECT sum(CASE WHEN month IS NOT NULL THEN paid END) AS monthly, sum(CASE WHEN month IS NULL AND year IS NOT NULL THEN paid END) AS yearly,"
                           f" (SELECT sum(clearing) FROM dws.{scheme}_settlement) AS clearing FROM dws.{scheme}_settlement_fund")[0]
        case(f"{scheme}_clearing_is_the_year_less_its_months", D(months["yearly"]) - D(months["monthly"]) == D(months["clearing"]), months)


def check_levels(ws):
    """The DIP deviation is the cost over the mean of the group at hospitals of the same level, where that has five cases."""
    grade = {"SY0001": 3, "SY0002": 3, "SY0003": 2, "SY0004": 2, "SY0005": 1, "SY0006": 1}
    costs = collections.defaultdict(list)
    rows = query(ws, "SELECT org_code, group_code, class, cost, factor FROM dws.dip_settlement WHERE group_code IS NOT NULL")
    for r in rows:
        costs[r["group_code"], grade[r["org_code"]]].append(D(r["cost"]))
    wrong, judged = [], 0
    for r in rows:
        same = costs[r["group_code"], grade[r["org_code"]]]
        if len(same) < 5 or r["class"] not in ("low", "high", "normal"):
            continue
        judged += 1
        mean = (sum(same) / len(same)).quantize(D("0.01"), rounding=decimal.ROUND_HALF_UP)
        ratio = D(r["cost"]) / mean
        wanted = ratio if ratio < D("0.5") else ratio - 1 if ratio > 2 else D(1)
        if abs(wanted - D(r["factor"])) > D("0.00001"):
            wrong.append((r, str(wanted)))
    case("a_dip_deviation_is_that_of_the_hospitals_level", judged and not wrong, (judged, wrong[:3]))


# --- the insurer's file ----------------------------------------------------------------------------------------------


def other_group(home, ours):
    """A case that with one procedure fewer, or another main one, is in another group: (case, group, how)."""
    path, out = home / "variants.csv", home / "variants_out.csv"
    lines, variants = [], []
    for r in ours:
        pr = [p for p in r["pr"].split("|") if p]
        for how, changed in (("procedure", pr[1:]), ("main-procedure", pr[1:] + pr[:1])):
            if len(pr) >= (1 if how == "procedure" else 2):
                lines.append([len(variants), r["sex"], r["age_years"], r["age_days"], r["weight_g"], r["dx"], "|".join(changed)])
                variants.append((r, how))
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "sex", "age_years", "age_days", "weight_g", "dx_list_principal_first", "proc_list_main_first"], *lines])
    suwen("group", "drg", "--catalogue", STARTER, "--in", path, "--out", out)
    with open(out, encoding="utf-8", newline="") as file:
        for (r, how), g in zip(variants, csv.DictReader(file), strict=True):
            if how == "procedure" and g["drg"] not in ("0000", r["group_code"]):
                return r, g["drg"], how
    return None


def check_insurer(ws, home):
    month = query(ws, "SELECT month FROM dws.drg_settlement WHERE class IN ('normal', 'low', 'high') AND paid_monthly > 0 GROUP BY month ORDER BY count(*) DESC, month LIMIT 1")[0]["month"]
    ours = query(ws, "SELECT s.*, c.* EXCLUDE (org_code, case_no) FROM dws.drg_settlement s JOIN (SELECT a.org_code, a.case_no, a.sex, a.age_years, a.age_days, '' AS weight_g,"
                     " (SELECT string_agg(code_insurance, '|' ORDER BY seq) FROM dwd.diagnosis_coded d WHERE d.org_code = a.org_code AND d.case_no = a.case_no) AS dx,"
                     " coalesce((SELECT string_agg(code_insurance, '|' ORDER BY seq) FROM dwd.procedure_coded p WHERE p.org_code = a.org_code AND p.case_no = a.case_no), '') AS pr"
                     f" FROM dwd.admission a) c ON c.org_code = s.org_code AND c.case_no = s.case_no WHERE s.month = '{month}' AND s.class <> 'excluded' ORDER BY s.org_code, s.case_no")
    paid = [r for r in ours if r["class"] in ("normal", "low", "high") and D(r["paid_monthly"]) > 100]
    moved, group, how = other_group(home, paid) or (None, "", "")
    rest = [r for r in paid if r is not moved]
    normal = [r for r in rest if r["class"] == "normal"]
    odd = next((r for r in rest if r["class"] != "normal"), None)
    changes = {}  # (org, case) → (fields, cause)

    def change(r, cause, **fields):
        changes[(r["org_code"], r["case_no"])] = (fields, cause)

    def times(r, factor, extra=1):
        full = D(r["points"]) * D(r["hospital_factor"]) * D(r["value_monthly"]) * factor * extra
        return full.quantize(D("0.01"), decimal.ROUND_HALF_UP)

    if moved:
        change(moved, how, group_code=group, points="0.9000", paid=(D("0.9") * D(moved["value_monthly"])).quantize(D("0.01")))
    change(normal[0], "points", points=str(D(normal[0]["points"]) + D("0.1")), paid=((D(normal[0]["points"]) + D("0.1")) * D(normal[0]["factor"]) * D(normal[0]["value_monthly"])).quantize(D("0.01")))
    change(normal[1], "missing-theirs", drop=True)
    change(normal[2], "unexplained", paid=D(normal[2]["paid_monthly"]) + D("77.77"))
    change(normal[3], "at-cost", paid=D(normal[3]["cost"]))
    change(normal[4], "rounding", paid=D(normal[4]["paid_monthly"]) - D("0.01"))
    if odd:
        change(odd, "high-low-multiple", paid=times(odd, 1))
    total, lines = D(0), []
    for r in ours:
        fields, _ = changes.get((r["org_code"], r["case_no"]), ({}, None))
        if fields.get("drop"):
            continue
        amount = D(fields.get("paid", r["paid_monthly"]))
        total += amount
        lines.append([r["org_code"], r["case_no"], fields.get("group_code", r["group_code"]), fields.get("points", r["points"]), r["value_monthly"], f"{amount:.2f}"])
    lines.append([ours[0]["org_code"], "NOT-OURS", "XX19", "1", "", "500.00"])
    total += 500
    path = home / "结算结果.csv"
    with open(path, "w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([["某市经办机构月度结算", "", "", "", "", ""], ["医疗机构代码", "就诊ID", "DRG编码", "权重", "费率（元）", "应支付金额(元)"], *lines,
                                    ["合计", "", "", "", "", f"{total:.2f}"], [ours[0]["org_code"], "", "XX19", "1", "", "1.00"]])
    said = suwen("insurer", "import", path, "--month", month, "-C", ws, "--lang", "en")
    case("totals_of_the_file_are_checked", "agrees with the line of totals" in said.stdout and "not usable 1" in said.stdout, said.stdout)
    rows = {(r["org_code"], r["case_no"]): r for r in listing("insurer", "explain", "--all", "--month", month, "-C", ws)}
    for key, (_, cause) in changes.items():
        # leaving the first of two procedures out is the same as taking the other as the main one
        same = ("procedure", "main-procedure") if cause == "procedure" else (cause,)
        case(f"a_manipulated_case_is_explained_as_{cause.replace('-', '_')}", rows.get(key, {}).get("cause") in same, (key, rows.get(key)))
    case("a_case_that_we_do_not_have_is_told", rows[(ours[0]["org_code"], "NOT-OURS")]["cause"] == "missing-ours")
    strange = [r for k, r in rows.items() if k not in changes and r["case_no"] != "NOT-OURS" and r["cause"] not in ("same", "rounding")]
    case("all_other_cases_agree", not strange, strange[:3])
    parts = ("by_points", "by_deviation", "by_hospital", "by_auxiliary", "by_value", "by_rounding", "rest")
    off = [r for r in rows.values() if sum(D(str(r[p] or 0)) for p in parts) != D(str(r["difference"])) or D(str(r["theirs"] or 0)) - D(str(r["ours"] or 0)) != D(str(r["difference"]))]
    case("the_parts_sum_to_each_difference_to_the_fen", not off, off[:3])
    ours_total = sum(D(r["paid_monthly"]) for r in ours)
    case("the_differences_sum_to_the_whole", sum(D(str(r["difference"])) for r in rows.values()) == total - ours_total, total - ours_total)
    explained = suwen("group", "explain", moved["case_no"], "--org", moved["org_code"], "-C", ws, "--csv", "--lang", "zh").stdout if moved else "经办"
    if moved:
        words = ["group", "explain", moved["case_no"], "--org", moved["org_code"], "-C", ws, "--lang", "zh"]
        table = "".join(suwen(*words).stdout.split())
        cut = [r["text"] for r in listing(*words) if "".join(r["text"].split())[-20:] not in table]
        case("an_explanation_is_wrapped_and_never_cut", not cut and "…" not in table, cut[:2])
    case("one_stay_is_explained_with_the_insurers_word", "经办" in explained and "分组" in explained or not moved, explained[:500])
    suwen("insurer", "import", path, "--month", month, "-C", ws)
    states = [r["state"] for r in listing("insurer", "list", "-C", ws)]
    case("a_second_import_supersedes_the_first", len(states) == 2 and len(set(states)) == 2, states)


# --- editions, advice --------------------------------------------------------------------------------------------------


def check_rehearsal(ws, home):
    new = home / "edition"
    shutil.copytree(STARTER, new)
    lines = (new / "cc.csv").read_text(encoding="utf-8").splitlines()
    (new / "cc.csv").write_text("\n".join(lines[:1] + lines[2::2]) + "\n", encoding="utf-8")
    same = listing("catalogue", "rehearse", "--from", STARTER, "--to", STARTER, "--by", "case", "-C", ws)
    case("an_edition_rehearsed_against_itself_moves_nothing", same == [], same[:3])
    dept = listing("catalogue", "rehearse", "--from", STARTER, "--to", new, "-C", ws)
    cases = listing("catalogue", "rehearse", "--from", STARTER, "--to", new, "--by", "case", "-C", ws)
    case("departments_tell_what_an_edition_moves", sum(r["moved"] for r in dept) == sum(r["change"] == "moved" for r in cases) > 0, (dept[:2], len(cases)))
    case("an_edition_only_moves_money", abs(sum(D(str(r["effect"])) for r in dept)) == 0 and sum(D(str(r["paid_before"])) for r in dept) > 0, dept[:2])


def check_advice(ws):
    n = query(ws, "SELECT count(*) AS n, count(CASE WHEN side = 'missed' THEN 1 END) AS missed, count(CASE WHEN side = 'up-coding' AND yuan < 0 THEN 1 END) AS up FROM ads.coding_advice")[0]
    case("advice_is_given_both_ways", int(n["n"]) > 0 and int(n["missed"]) > 0, n)
    off = query(ws, "SELECT * FROM ads.coding_advice WHERE side = 'missed' AND (item IS NULL OR to_group IS NULL OR text_zh IS NULL)")
    case("what_was_missed_names_its_evidence", not off, off[:2])
    there = query(ws, "SELECT count(*) AS n FROM ads.coding_check c WHERE NOT EXISTS (SELECT 1 FROM dws.drg_case g WHERE g.org_code = c.org_code AND g.case_no = c.case_no)")
    case("failed_rules_stand_beside_their_case", there[0]["n"] == "0", there)


def main():
    if not SUWEN.exists() or any(suwen("help", word, check=False).returncode for word in ("synth", "run", "recode", "insurer")):
        print("1..0 # SKIP the program lacks synth, run, recode or insurer")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="suwen-coding-") as home:
        home = pathlib.Path(home)
        region, ws = home / "region", home / "ws"
        suwen("synth", "--out", region, "--patients", "500", "--days", "1", "--seed", "11")
        suwen("init", ws, "--pack", ROOT / "packs" / "hospital")
        suwen("run", "hospital-daily", "-C", ws, "--source", region / "deliveries")
        check_codes(ws, region)
        check_groups(ws)
        check_levels(ws)
        check_insurer(ws, home)
        check_rehearsal(ws, home)
        check_advice(ws)
        check_loop(ws, region)
    print(f"1..{done}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
