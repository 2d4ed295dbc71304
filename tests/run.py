#!/usr/bin/env python3
"""Runs the gates and the tests, and ends with one line: N passed, N failed[, N skipped].

Every gate counts as one, and every cmocka case as one. What failed is shown in full.

    tests/run.py                    all
    tests/run.py --no-gates         the tests alone
    tests/run.py --suite base ...   the tests of these rooms
    tests/run.py --gate layers ...  these gates alone
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ASAN = ROOT / "build" / "asan"
# Not anchored at the start: what the code under test prints may stand before it on the line.
CASE = re.compile(r"(not ok|ok) \d+ (- |# SKIP )(\w+)$")
SKIP_EXIT = 77


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def run(command, **options):
    return subprocess.run(command, cwd=ROOT, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def show(title, text):
    print(f"--- {title}")
    print(text.rstrip())
    print(flush=True)


def run_gates(names):
    """Each program of tests/gates/ that is no helper (_*) is a gate; so is each test of tests/dist/."""
    gates = sorted([p for p in (ROOT / "tests" / "gates").iterdir()
                    if p.suffix in (".py", ".sh") and not p.name.startswith("_")] +
                   list((ROOT / "tests" / "dist").glob("test_*.py")), key=lambda p: p.stem)
    gates = [g for g in gates if not names or g.stem in names]
    tally = Tally()

    def one(gate):
        start = time.monotonic()
        result = run([str(gate)])
        return gate, result, time.monotonic() - start

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for gate, result, seconds in pool.map(one, gates):
            if result.returncode == SKIP_EXIT:
                tally.skipped += 1
                word = "SKIP"
            elif result.returncode == 0:
                tally.passed += 1
                word = "ok"
            else:
                tally.failed += 1
                word = "FAIL"
            print(f"gate {gate.stem:<24} {word:<5} {seconds:6.1f} s", flush=True)
            if word != "ok":
                show(f"gate {gate.stem}", result.stdout)
    return tally


def build_asan():
    result = run(["tools/build.sh", "build/asan", "--buildtype=debug", "-Doptimization=1",
                  "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dtests=true"])
    if result.returncode:
        show("build of build/asan", result.stdout)
    return result.returncode == 0


def count_cases(entry):
    """The tally of one test program from what it printed."""
    tally = Tally()
    cases = [m for m in map(CASE.search, entry.get("stdout", "").splitlines()) if m]
    for case in cases:
        if "SKIP" in case.group(2):
            tally.skipped += 1
        elif case.group(1) == "ok":
            tally.passed += 1
        else:
            tally.failed += 1
    if not cases:  # a script: one case
        if entry["result"] == "SKIP":
            tally.skipped += 1
        elif entry["result"] == "OK":
            tally.passed += 1
        else:
            tally.failed += 1
    elif entry["result"] not in ("OK", "SKIP") and tally.failed == 0:
        tally.failed += 1  # it crashed, leaked or timed out outside any case
    return tally


def run_tests(suites):
    tally = Tally()
    if not build_asan():
        tally.failed += 1
        return tally
    log = ASAN / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    command = ["meson", "test", "-C", str(ASAN), "--no-rebuild"]
    for suite in suites:
        command += ["--suite", suite]
    result = run(command)
    if not log.exists():
        if not re.search(r"No (suitable )?tests defined", result.stdout):
            show("meson test", result.stdout)
            tally.failed += 1
        return tally
    for line in log.read_text(errors="replace").splitlines():
        entry = json.loads(line)
        one = count_cases(entry)
        tally.add(one)
        word = "FAIL" if one.failed else "ok"
        name = entry["name"].replace("suwen:", "")
        print(f"test {name:<36} {word:<5} {entry['duration']:6.1f} s  {one.passed + one.failed} cases")
        if one.failed:
            show(name + " (" + entry["result"] + ")", entry.get("stdout", "") + entry.get("stderr", ""))
    return tally


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-gates", action="store_true")
    parser.add_argument("--suite", action="append", default=[])
    parser.add_argument("--gate", action="append", default=[])
    options = parser.parse_args()
    tally = Tally()
    if not options.no_gates and not options.suite:
        tally.add(run_gates(options.gate))
    if not options.gate:
        tally.add(run_tests(options.suite))
    line = f"{tally.passed} passed, {tally.failed} failed"
    if tally.skipped:
        line += f", {tally.skipped} skipped"
    print(line)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
