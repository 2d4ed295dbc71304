#!/usr/bin/env python3
"""A source database through a whole run: a table, a query with a watermark, and rows that say whose they are."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ['SW_SOURCE_ROOT'], 'tests', 'cli'))
from support import ROOT, Scratch, Tap, listing, must, put, query, suwen  # noqa: E402

SOURCE = """source: his
title: {zh: 前置机, en: Front-end database}
connection: his
tables:
  - table: ods.dept
    odbc_table: public.dept
    org: H0
    columns: [{name: code}, {name: name}]
  - table: ods.visit
    odbc_query: |
      SELECT v.visit_id, v.hospital, v.amount, v.changed, d.name AS dept_name
      FROM visit v JOIN dept d ON d.code = v.dept WHERE v.amount IS NOT NULL
    watermark: changed
    org: H0
    org_column: hospital
    columns:
      - {name: visit_id, required: true}
      - {name: hospital}
      - {name: amount, type: money}
      - {name: changed, type: datetime}
      - {name: dept_name}
"""
FLOW = """flow: pull
title: {zh: 抽取, en: Pull}
steps:
  - {id: ingest, op: ingest}
"""
TABLES = """CREATE TABLE dept (code text PRIMARY KEY, name text);
INSERT INTO dept VALUES ('01', '内科'), ('02', '外科');
CREATE TABLE visit (visit_id text, hospital text, dept text, amount numeric(12,2), changed timestamp);
INSERT INTO visit VALUES ('v1', 'H1', '01', 12.5, '2023-01-05 08:00'), ('v2', 'H2', '02', 7, '2023-01-05 09:00'),
  ('v3', NULL, '01', 1, '2023-01-05 09:30'), ('v4', 'H1', '01', NULL, '2023-01-05 09:40')"""


def database(sql):
    subprocess.run(['psql', '-q', '-v', 'ON_ERROR_STOP=1', '-c', sql], check=True, stdout=subprocess.DEVNULL)


def main():
    tap = Tap()
    with Scratch() as root:
        pack = root / 'pack'
        put(pack / 'pack.yaml', 'pack: pull\nversion: "0.1.0"\ntitle: {zh: 抽取, en: Pull}\n')
        put(pack / 'sources' / 'his.yaml', SOURCE)
        put(pack / 'flows' / 'pull.yaml', FLOW)
        ws = root / 'ws'
        must('init', ws, '--pack', pack)
        database(TABLES)
        p = suwen('run', 'pull', '-C', ws, '--lang', 'en', '--as-of', '2023-01-06')
        tap.ok(p.returncode != 0 and 'connections' in p.stderr, 'a connection that is not in the settings is told', p.stderr)
        settings = ws / 'suwen.yaml'
        settings.write_text(settings.read_text() + '\nconnections:\n  his: {odbc: "%s"}\n' % os.environ['SW_PG_ODBC'])
        must('run', 'pull', '-C', ws, '--as-of', '2023-01-06', '--restart')
        tap.same(query(ws, 'SELECT code, name, _org FROM ods.dept ORDER BY 1'), [('01', '内科', 'H0'), ('02', '外科', 'H0')], 'a table is pulled whole')
        visits = 'SELECT visit_id, _org, amount, dept_name FROM ods.visit ORDER BY 1'
        tap.same(query(ws, visits), [('v1', 'H1', '12.50', '内科'), ('v2', 'H2', '7.00', '外科'), ('v3', 'H0', '1.00', '内科')],
                 'a query is pulled and its rows belong to whom their column says')
        database("INSERT INTO visit VALUES ('v5', 'H2', '02', 2, '2023-01-06 08:00'), ('v0', 'H2', '02', 2, '2023-01-01 08:00')")
        must('run', 'pull', '-C', ws, '--as-of', '2023-01-07')
        tap.same([r[0] for r in query(ws, visits)], ['v1', 'v2', 'v3', 'v5'], 'only rows above the watermark come the next time')
        rows = {r['table']: r for r in listing('rows', 'latest', '-C', ws)}
        tap.same((rows['ods.visit']['in'], rows['ods.visit']['out']), (1, 1), 'the row ledger has the new rows alone')
    return tap.done()


if __name__ == '__main__':
    if 'SW_PG_ODBC' not in os.environ:
        wrapper = str(ROOT / 'tests' / 'support' / 'with_postgres.sh')
        os.execv(wrapper, [wrapper, sys.executable, os.path.abspath(__file__)])
    sys.exit(main())
