#!/usr/bin/env python3
"""Reconciliation on the synthetic region: what closing totals miss is what the truth says was lost or damaged, and manifests tell a
file that was taken away and one that was changed."""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(os.environ.get('SW_SOURCE_ROOT', pathlib.Path(__file__).resolve().parents[2]))
RELEASE = ROOT / 'build' / 'suwen'
SUWEN = RELEASE if RELEASE.exists() else pathlib.Path(os.environ.get('SW_SUWEN', RELEASE))
FLOW = '''flow: reconcile-test
title: {zh: 对账测试, en: Test of reconciliation}
steps:
  - {id: ingest, op: ingest, config: {sources: [vendor_a, vendor_b, vendor_c, hqms, bureau, dbf_settlement, insurance]}}
  - {id: tables, op: standardise, needs: [ingest], config: {tables: [dwd.visit, dwd.fee_item, dwd.order_item, dwd.daily_total]}}
  - {id: manifests, op: reconcile, needs: [ingest], config: {manifest: [vendor_b]}}
  - {id: trend, op: trend, needs: [tables], config: {tables: [dwd.visit, dwd.fee_item], holidays: HOLIDAY.CN}}
  - id: visits
    op: reconcile
    needs: [tables]
    config: {table: dwd.visit, totals: dwd.daily_total, where: "table_name = 'visit'", day: visit_time, totals_day: biz_date, told_rows: row_count}
  - id: fees
    op: reconcile
    needs: [tables]
    config: {table: dwd.fee_item, totals: dwd.daily_total, where: "table_name = 'fee_item'", day: charge_time, totals_day: biz_date, told_rows: row_count}
  - id: orders
    op: reconcile
    needs: [tables]
    config: {table: dwd.order_item, totals: dwd.daily_total, where: "table_name = 'order_item'", day: start_time, totals_day: biz_date, told_rows: row_count}
'''
count = failed = 0


def case(name, good, detail=''):
    global count, failed
    count += 1
    failed += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)
    if not good:
        print('# ' + str(detail)[:2000])


def suwen(*words):
    env = dict(os.environ, LC_ALL='C.UTF-8', SUWEN_PACKS=str(ROOT / 'packs'))
    p = subprocess.run([str(SUWEN), *map(str, words)], capture_output=True, text=True, encoding='utf-8', env=env)
    if p.returncode:
        raise SystemExit('suwen %s: exit %d\n%s%s' % (' '.join(map(str, words)), p.returncode, p.stdout[-2000:], p.stderr[-2000:]))
    return p.stdout


def main():
    with tempfile.TemporaryDirectory() as tmp:
        out, ws = pathlib.Path(tmp) / 'out', pathlib.Path(tmp) / 'ws'
        suwen('synth', '--patients', 400, '--years', 1, '--days', 4, '--seed', 11, '--out', out, '-q')
        suwen('init', ws)
        (ws / 'packs' / 'hospital' / 'flows' / 'reconcile-test.yaml').write_text(FLOW, encoding='utf-8')
        gone = sorted((out / 'deliveries' / 'SY0002').glob('*/dbo.visit_*.txt'))[-1]
        gone.unlink()
        touched = sorted((out / 'deliveries' / 'SY0004').glob('*/dbo.order_item_*.txt'))[-1]
        touched.write_bytes(touched.read_bytes() + '\r\n'.encode('utf-16le'))
        suwen('run', 'reconcile-test', '-C', ws, '--source', out / 'deliveries', '-q')

        with open(out / 'truth' / 'lost_rows.csv', encoding='utf-8') as f:
            lost = {}
            for r in csv.DictReader(f):
                if r['table'] in ('visit', 'fee_item', 'order_item'):
                    key = ('dwd.' + r['table'], r['institution'], r['biz_date'])
                    lost[key] = lost.get(key, 0) + 1
        days = [d for d in json.loads(suwen('reconcile', '-C', ws, '--with', 'totals', '--json')) if d['measure'] == 'rows' and float(d['difference']) < 0]
        never = {(d['table'], d['org'], d['day']): d['undelivered'] for d in days if d['undelivered']}
        # the rows of the file that was taken away were never delivered either
        taken = {k: n for k, n in never.items() if k not in lost}
        case('what_the_truth_says_was_lost_was_never_delivered', all(never.get(k, 0) >= n for k, n in lost.items()), (lost, never))
        case('nothing_else_is_missing_but_the_file_taken_away', all(k[0] == 'dwd.visit' and k[1] == 'SY0002' for k in taken), taken)
        case('missing_is_rejected_and_never_delivered', all(float(d['told']) - float(d['here']) == d['rejected'] + d['undelivered'] for d in days), days)

        rows = json.loads(suwen('reconcile', '-C', ws, '--with', 'manifest', '--rows', '--json'))
        case('the_file_taken_away_is_told', any(r['kind'] == 'file missing' and r['file'].endswith(gone.name) for r in rows), rows)
        case('the_changed_file_is_told', any(r['kind'] == 'content differs' and r['file'].endswith(touched.name) for r in rows), rows)
        with open(out / 'truth' / 'lost_rows.csv', encoding='utf-8') as f:
            files = {r['file'].split('/', 1)[1] for r in csv.DictReader(f) if '/dbo.' in r['file']}
        short = {r['file'].split('/', 1)[1] for r in rows if r['kind'] == 'rows differ'}
        case('files_that_lack_rows_are_told', files - {gone.name} <= short | {gone.parent.name + '/' + gone.name}, (files, short))

        series = json.loads(suwen('trend', '-C', ws, '--days', '--json'))
        case('every_institution_and_table_has_a_series', len({(d['table'], d['org']) for d in series}) == 12, len(series))
        case('clean_volumes_raise_no_alarm', json.loads(suwen('trend', '-C', ws, '--json')) == [], suwen('trend', '-C', ws))
        (ws / 'warehouse.duckdb').unlink()
        suwen('run', 'reconcile-test', '-C', ws, '--source', out / 'deliveries', '-q')
        runs = json.loads(suwen('query', '-C', ws, '--json', 'SELECT count(DISTINCT run) AS n FROM quality.reconciliation'))
        case('history_outlives_the_warehouse', runs[0]['n'] == 2, runs)
    print('1..%d' % count)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
