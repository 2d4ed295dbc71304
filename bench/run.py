#!/usr/bin/env python3
"""Runs the benches and collects what they print.

A bench is bench/bench_<name>.c (built to build/bench/bench_<name>), .sh or .py. It prints one JSON
object a line on stdout:

    {"name": "ingest_vs_copy", "value": 10.1, "unit": "s", "floor": 10.3, "ratio": 0.98, "peak_rss_mib": 270}

`floor` is what the value is measured against in the same run (null where there is nothing), `ratio`
is value to floor. Lines that are no JSON object are shown as they are. A bench that does not say its
peak memory gets that of its largest process. Exit code: 1 when a bench failed.
"""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "bench.json"
FIELDS = ("name", "value", "unit", "floor", "ratio", "peak_rss_mib")


def benches():
    found = {}
    for path in sorted((ROOT / "bench").glob("bench_*")):
        name = path.stem.removeprefix("bench_")
        if path.suffix == ".c":
            found[name] = ROOT / "build" / "bench" / path.stem
        elif path.suffix in (".sh", ".py"):
            found[name] = path
    return found


def run_bench(path):
    """(results, exit code) of one bench, showing its other output as it comes."""
    env = dict(os.environ, SW_SOURCE_ROOT=str(ROOT), SW_SUWEN=str(ROOT / "build" / "suwen"))
    shared = ROOT.parent / "shared"
    if shared.is_dir():
        env["SW_SHARED"] = str(shared)
    process = subprocess.Popen([str(path)], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE)
    results = []
    for line in process.stdout:
        try:
            result = json.loads(line)
        except ValueError:
            result = None
        if isinstance(result, dict) and "name" in result:
            results.append({field: result.get(field) for field in FIELDS})
        else:
            print("  " + line.rstrip(), flush=True)
    # wait4 and not wait: its rusage is of this bench and its waited-for children alone.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for result in results:
        if result["peak_rss_mib"] is None:
            result["peak_rss_mib"] = round(usage.ru_maxrss / 1024, 1)
    return results, process.returncode


def cell(value):
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(results):
    rows = [list(FIELDS)] + [[cell(result[field]) for field in FIELDS] for result in results]
    widths = [max(len(row[i]) for row in rows) for i in range(len(FIELDS))]
    for row in rows:
        cells = [text.ljust(width) if i in (0, 2) else text.rjust(width)
                 for i, (text, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def main():
    known = benches()
    wanted = sys.argv[1:] or list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"bench: no bench '{unknown[0]}'; there are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    results, failed = [], []
    for name in wanted:
        print(f"bench {name}", flush=True)
        found, code = run_bench(known[name])
        results += found
        if code or not found:
            failed.append(name)
            print(f"bench {name} FAILED (exit {code}, {len(found)} results)", flush=True)
    OUT.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    table(results)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
