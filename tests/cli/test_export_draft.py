#!/usr/bin/env python3
"""`export` writes what the table holds, and `draft` makes a pack of unknown files that runs as it is."""
import csv
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import HERE, Scratch, Tap, has, listing, must, put, query, skip, suwen, workspace  # noqa: E402

FLOW = '''flow: out
title: {zh: 导出, en: Export}
steps:
  - {id: ingest, op: ingest, config: {sources: [mini]}}
  - {id: standardise, op: standardise, config: {tables: [dwd.visit]}}
  - {id: csv, op: export, config: {table: dwd.visit, to: "visit_{date}.csv", columns: [visit_id, patient, amount], order: [visit_id]}}
  - {id: ndjson, op: export, config: {table: dwd.visit, to: visit.ndjson, format: ndjson, where: "amount > 10", columns: [visit_id, amount], order: [visit_id]}}
  - {id: parquet, op: export, config: {table: dwd.visit, to: visit.parquet, format: parquet}}
'''
ROWS = 'visit_id,patient,visit_time,amount\nv1,"张,三",2023-01-05 08:00,12.50\nv2,,2023-01-05 09:00,7.00\nv3,"say ""hi""",2023-01-06,1000.05\n'


def export(tap, root):
    pack = root / 'mini'
    shutil.copytree(HERE / 'mini', pack)
    put(pack / 'flows' / 'out.yaml', FLOW)
    ws = workspace(root, pack=pack)
    put(root / 'src' / 'H1' / '2023-01-06' / 'visit.csv', ROWS)
    must('run', 'out', '-C', ws, '--source', root / 'src', '--as-of', '2023-01-07')
    raw = (ws / 'exports' / 'visit_2023-01-07.csv').read_bytes()
    tap.ok(raw.startswith(b'\xef\xbb\xbf'), 'CSV begins with a byte order mark for spreadsheets')
    tap.same(list(csv.reader(raw.decode('utf-8-sig').splitlines())),
             [['visit_id', 'patient', 'amount'], ['v1', '张,三', '12.50'], ['v2', '', '7.00'], ['v3', 'say "hi"', '1000.05']], 'CSV holds the rows in order')
    lines = [json.loads(x) for x in (ws / 'exports' / 'visit.ndjson').read_text().splitlines()]
    tap.same([x['visit_id'] for x in lines], ['v1', 'v3'], 'NDJSON holds the rows asked for')
    tap.ok((ws / 'exports' / 'visit.parquet').read_bytes()[:4] == b'PAR1', 'Parquet is Parquet')
    rows = {r['step']: r for r in listing('rows', 'latest', '-C', ws)}
    tap.same((rows['ndjson']['in'], rows['ndjson']['out'], rows['ndjson']['filtered']), (3, 2, 1), 'an export is in the row ledger')


def draft(tap, root):
    data = root / 'unknown'
    for day, first in (('2023-01-05', 0), ('2023-01-06', 25)):
        put(data / 'A01' / day / ('BRXX_%s.csv' % day.replace('-', '')),
            ('患者号,姓名,性别,出生日期\n' + ''.join('0%d,某%d,%s,19%02d-03-04\n' % (i, i, '男' if i % 2 else '女', i % 60 + 30) for i in range(first, first + 50))).encode('gb18030'))
    put(data / 'A01' / '2023-01-05' / 'fees.tsv', 'fee_no\tpatient\tamount\ttime\n' + ''.join('%05d\t0%d\t%d.50\t2023/1/5 8:0%d\n' % (i, i % 50, i, i % 10) for i in range(80)))
    put(data / 'notes' / 'events.ndjson', ''.join('{"id": %d, "kind": "x%d", "at": "2023-01-05T08:00:00"}\n' % (i, i % 3) for i in range(60)))
    pack = root / 'drafted'
    p = suwen('draft', data, '--out', pack, '--name', 'mine', '--json')
    tap.ok(p.returncode == 0, 'draft ends well', p.stderr)
    tables = {t['table']: t for t in json.loads(p.stdout)}
    tap.same(sorted(tables), ['brxx', 'events', 'fees'], 'files with the same columns become one table')
    tap.same(tables['brxx']['files'], 2, 'both deliveries of a table are seen as one table')
    tap.ok(suwen('draft', data, '--out', pack).returncode == 6, 'a draft overwrites nothing')
    p = suwen('pack', 'check', pack)
    tap.ok(p.returncode == 0, 'the drafted pack has no problems', p.stdout + p.stderr)
    ws = root / 'draft-ws'
    must('init', ws, '--pack', pack)
    p = suwen('run', 'mine', '-C', ws, '--source', data)
    tap.ok(p.returncode == 0, 'the drafted flow runs as it is', p.stderr)
    tap.same(query(ws, 'SELECT count(*), count(DISTINCT "患者号") FROM ods.brxx'), [('100', '75')], 'nothing is lost on the way in')
    tap.same(query(ws, 'SELECT sum(amount), min(fee_no) FROM dwd.fees'), [('3200.00', '00000')], 'amounts are money and leading zeros stay')
    tap.same(query(ws, 'SELECT count(*) FROM dwd.events'), [('60',)], 'NDJSON is drafted too')
    tap.same(query(ws, 'SELECT count(*) FROM meta.refused_file'), [('0',)], 'every file is claimed')


def main():
    if not has('run') or not has('draft'):
        skip('suwen run and draft are not there')
    tap = Tap()
    with Scratch() as root:
        export(tap, root)
    with Scratch() as root:
        draft(tap, root)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
