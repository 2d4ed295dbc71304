#!/usr/bin/env python3
"""One case before submission: `suwen check --case` says what the batch check says, and is quick.

Fifty front pages with their diagnoses and procedures are written as JSON, one file a case, and each file's findings are compared with
quality.failure. The time of a call, process start included, is printed; it is judged only with SW_TIME_LIMIT_MS, for a test
shares its machine.
"""
import csv
import io
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(os.environ.get('SW_SOURCE_ROOT', pathlib.Path(__file__).resolve().parents[2]))
RELEASE = ROOT / 'build' / 'suwen'
SUWEN = RELEASE if RELEASE.exists() else pathlib.Path(os.environ.get('SW_SUWEN', RELEASE))
FLOW = '''flow: case-test
title: {zh: 单例测试, en: Test of cases}
steps:
  - {id: ingest, op: ingest, config: {sources: [vendor_a, vendor_b, vendor_c, hqms, bureau]}}
  - {id: stays, op: standardise, needs: [ingest], config: {tables: [dwd.admission, dwd.diagnosis, dwd.procedure]}}
  - {id: check, op: check, needs: [stays], config: {tables: [dwd.admission]}}
'''
OF_SETS = {'Q165', 'Q165O', 'Q166'}  # what one case alone cannot say
CASES, CALLS, AS_OF = 50, 20, '2023-12-31 12:00:00'

count = failed = 0


def case(name, good, detail=''):
    global count, failed
    count += 1
    failed += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)
    if not good:
        for line in str(detail).splitlines()[:30]:
            print('# ' + line)


def suwen(*words):
    env = dict(os.environ, LC_ALL='C.UTF-8', SUWEN_PACKS=str(ROOT / 'packs'))
    p = subprocess.run([str(SUWEN), *map(str, words)], capture_output=True, text=True, encoding='utf-8', env=env)
    if p.returncode:
        raise SystemExit('suwen %s: exit %d\n%s%s' % (' '.join(map(str, words)), p.returncode, p.stdout[-2000:], p.stderr[-2000:]))
    return p.stdout


def query(ws, sql):
    return json.loads(suwen('query', '-C', ws, '--json', sql))


def build(root):
    region, ws = root / 'region', root / 'ws'
    suwen('synth', '--out', region, '-n', '400', '-d', '0', '-s', '11', '--page-faults', '100', '--content', ROOT / 'packs' / 'synth', '--quiet')
    suwen('init', ws, '--pack', 'hospital')
    (ws / 'packs' / 'hospital' / 'flows' / 'case-test.yaml').write_text(FLOW, encoding='utf-8')
    suwen('run', 'case-test', '-C', ws, '--source', region / 'deliveries', '--as-of', AS_OF, '--quiet')
    return ws


def own(row):
    return {k: v for k, v in row.items() if k[0] != '_' and v is not None}


def cases(ws):
    children = {}
    for name in ('diagnosis', 'procedure'):
        for r in query(ws, 'SELECT * FROM dwd.%s ORDER BY org_code, case_no, seq' % name):
            children.setdefault((r['org_code'], r['case_no']), {}).setdefault(name, []).append(own(r))
    pages = query(ws, 'SELECT * FROM dwd.admission ORDER BY hash(_row)')[:CASES]
    return [(p['_row'], {**own(p), 'diagnosis': [], 'procedure': [], **children.get((p['org_code'], p['case_no']), {})}) for p in pages]


def main():
    if not SUWEN.exists():
        print('1..0 # SKIP the program is not built')
        return 77
    root = pathlib.Path(tempfile.mkdtemp(prefix='suwen-case-'))
    try:
        ws = build(root)
        batch = {}
        for f in query(ws, "SELECT _row, rule FROM quality.failure WHERE table_name = 'dwd.admission'"):
            if f['rule'] not in OF_SETS and not f['rule'].endswith(('.key', '.reference')):
                batch.setdefault(int(f['_row']), set()).add(f['rule'])
        wrong, times, findings = [], [], 0
        for row, page in cases(ws):
            file = root / 'case.json'
            file.write_text(json.dumps(page, ensure_ascii=False), encoding='utf-8')
            begin = time.perf_counter()
            text = suwen('check', '-C', ws, '--case', file, '--as-of', AS_OF, '--csv')
            times.append(1000 * (time.perf_counter() - begin))
            got = {r['rule'] for r in csv.DictReader(io.StringIO(text, newline=''))}
            want = batch.get(int(row), set())
            findings += len(want)
            if got != want:
                wrong.append('%s: only here %s, only in the batch %s' % (page['case_no'], sorted(got - want), sorted(want - got)))
        case('one case gets the findings of the batch check (%d cases, %d findings)' % (CASES, findings), findings > CASES / 2 and not wrong, '\n'.join(wrong))
        limit, median = os.environ.get('SW_TIME_LIMIT_MS'), statistics.median(times[:CALLS])
        print('# median of %d calls: %.0f ms, least %.0f ms' % (CALLS, median, min(times)))
        if limit:
            case('a call takes under %s ms' % limit, median < float(limit), median)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print('1..%d' % count)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
