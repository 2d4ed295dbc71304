#!/usr/bin/env python3
"""What listings give scripts and people: values of a query as JSON, notes about files, a run's summary, and reading beside a run."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import HERE, SUWEN, Scratch, Tap, golden, listing, must, put, query, suwen, workspace  # noqa: E402

HEAD = 'visit_id,patient,visit_time,amount\n'
VALUES = """SELECT true AS yes, NULL::BOOLEAN AS unknown, 12345678901234567.80::DECIMAL(38,2) AS exact, -0.05::DECIMAL(4,2) AS small, 7::TINYINT AS tiny,
 170141183460469231731687303715884105727::HUGEINT AS huge, 18446744073709551615::UBIGINT AS wide, 0.1::DOUBLE AS near,
 'say "长"' AS words, DATE '2023-01-05' AS day, TIMESTAMP '2023-01-05 08:00:00' AS moment, [1.50, NULL, 3.00] AS list,
 {'code': 'I21', 'main': true, 'fees': [1, 2]} AS record, MAP {'a': 1} AS pairs"""


def values(tap, ws):
    out = must('query', VALUES, '-C', ws, '--json')
    golden(tap, 'query_json', out)
    tap.same(json.loads(out)[0]['yes'], True, 'the values are JSON')
    golden(tap, 'query_csv', must('query', VALUES, '-C', ws, '--csv').replace('\r\n', '\n'))


def notes(tap, root):
    ws = workspace(root, 'notes')
    src = root / 'notes-src'
    for day in ('06', '07'):
        put(src / 'H1' / ('2023-01-' + day) / 'visit.csv', 'visit_id,patient,visit_time,ward\nv%s,p,2023-01-05,W\n合计,,,\n' % day)
    put(src / 'H1' / '2023-01-08' / 'visit.csv', HEAD + 'v1,p1,2023-01-05,1.00\n' + HEAD + 'v2,p2,2023-01-05,2.00\n合计,,,3.00\n')
    put(src / 'H1' / '2023-01-09' / 'visit.csv', '')
    put(src / 'H1' / '2023-01-10' / 'visit.csv', HEAD)
    out = must('run', 'mini', '-C', ws, '--source', src, '--lang', 'en')
    golden(tap, 'notes_of_a_run', ''.join(l.replace(str(root), '<dir>') + '\n' for l in out.splitlines()[1:] if 'file by file' not in l))
    found = [(w['file'][-20:], w['code'], w['count']) for w in listing('warnings', '-C', ws)]
    tap.same(found, [('2023-01-06/visit.csv', 'missing_columns', 1), ('2023-01-06/visit.csv', 'extra_columns', 1),
                     ('2023-01-07/visit.csv', 'missing_columns', 1), ('2023-01-07/visit.csv', 'extra_columns', 1),
                     ('2023-01-08/visit.csv', 'total_rows', 1), ('2023-01-08/visit.csv', 'repeated_headers', 1),
                     ('2023-01-09/visit.csv', 'empty_file', None), ('2023-01-10/visit.csv', 'no_rows', None)], 'every note is listed by file')
    tap.same(query(ws, "SELECT code, count(*) FROM meta.batch_warning GROUP BY 1 ORDER BY 1 LIMIT 2"), [('empty_file', '1'), ('extra_columns', '2')],
             'the notes are a table, too')
    tap.same([b['warnings'] for b in listing('rejects', '--all', '-C', ws)], [2, 2, 2, 1, 1], 'batches tell how many notes they have')
    out = json.loads(must('run', 'mini', '-C', ws, '--source', src, '--json'))
    tap.same((out['batches'], out['warnings']), (0, 0), 'the same files again bring no notes')


def summary(tap, ws):
    rows = listing('rows', 'latest', '-C', ws)
    tap.same(list(rows[0]), ['run', 'step', 'table', 'in', 'expanded', 'out', 'rejected', 'filtered', 'merged', 'seconds', 'bytes'],
             'the row ledger keeps its keys')
    by_op = {r['operator']: r for r in listing('rows', 'latest', '--summary', '-C', ws)}
    tap.same((list(by_op), by_op['ingest']['in'], by_op['ingest']['unbalanced']), (['ingest', 'standardise', 'sql'], 2, 0), 'the summary adds up by operator')
    text = must('rows', 'latest', '--summary', '-C', ws, '--lang', 'en')
    tap.ok('came in: 1 files' in text and '0 do not balance' in text, 'the summary says what came in and that it balances', text)


SLOW = 'SELECT sum(a.n * b.n % 7) AS n FROM (SELECT unnest(range({0})) AS n) a, (SELECT unnest(range({0})) AS n) b'


def slow_pack(root):
    """The small pack with a step that takes some seconds."""
    pack = root / 'slow'
    shutil.copytree(HERE / 'mini', pack)
    flow = pack / 'flows' / 'mini.yaml'
    if not flow.exists():
        flow = next((pack / 'flows').iterdir())
    flow.write_text(flow.read_text() + """  - id: slow
    op: sql
    needs: [daily]
    config:
      into: dws.slow
      from: dwd.visit
      rows: aggregate
      select: |
        SELECT a.org_code, sum(a.amount * b.amount) AS product, count(*) AS _rows
        FROM dwd.visit a CROSS JOIN dwd.visit b CROSS JOIN dwd.visit c GROUP BY a.org_code
""", encoding='utf-8')
    return pack


def beside_a_run(tap, root):
    """Listings of the ledger work; readers of the warehouse are told who has it; Ctrl-C ends the run, which goes on later."""
    ws = root / 'busy'
    must('init', ws, '--pack', slow_pack(root))
    rows = ''.join('v%d,p%d,2023-01-05,1.00\n' % (i, i) for i in range(6000))
    put(root / 'busy-src' / 'H1' / '2023-01-06' / 'visit.csv', HEAD + rows)
    run = [SUWEN, 'run', 'mini', '-C', str(ws), '--source', str(root / 'busy-src'), '--lang', 'en']
    env = dict(os.environ, LC_ALL='C.UTF-8')
    p = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and p.poll() is None:
        steps = suwen('steps', '-C', ws, '--json')
        if steps.returncode == 0 and any(s['step'] == 'slow' and s['state'] == 'running' for s in json.loads(steps.stdout)):
            break
        time.sleep(0.05)
    for args in (['runs'], ['rows'], ['steps'], ['rejects'], ['rejects', '--all'], ['warnings'], ['standard', 'list'], ['pack', 'check']):
        q = suwen(*args, '-C', ws)
        tap.ok(q.returncode == 0, 'beside a run: ' + ' '.join(args), q.stderr)
    for args in (['query', 'SELECT 1'], ['profile', 'dwd.visit'], ['failures', '--rule', 'x'], ['person', 'H1|p1'], ['standard', 'conformance']):
        q = suwen(*args, '-C', ws, '--lang', 'en')
        said = 'is being written: pid %d' % p.pid in q.stderr and 'suwen run mini' in q.stderr and 'try again when that is over' in q.stderr
        tap.ok(q.returncode == 11 and said, 'beside a run: %s says who has the warehouse' % args[0], q.stderr)
    q = suwen('report', '--html', root / 'beside.html', '-C', ws)
    tap.ok(q.returncode == 0 and (root / 'beside.html').stat().st_size > 1000, 'beside a run: a report is made from the ledger', q.stderr)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=60)
    tap.ok(p.returncode == 130 or p.returncode != 0, 'Ctrl-C stops the run', err)
    tap.same(listing('runs', '-C', ws)[0]['state'], 'cancelled', 'the run is cancelled, not lost')
    flow = next((ws / 'packs' / 'slow' / 'flows').iterdir())
    tap.same([s['state'] for s in listing('steps', '-C', ws)][:3], ['done', 'done', 'done'], 'what was done stays done')
    return ws, flow


def readers_and_a_writer(tap, root, ws):
    """A query that is under way does not fail a run: it waits."""
    put(root / 'src' / 'H1' / '2023-01-07' / 'visit.csv', HEAD + 'v9,p9,2023-01-06,1.00\n')
    q = subprocess.Popen([SUWEN, 'query', SLOW.format(40000), '-C', str(ws)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    under_way = q.poll() is None
    second = suwen('query', 'SELECT count(*) FROM dwd.visit', '-C', ws)
    tap.ok(second.returncode == 0, 'two queries read side by side', second.stderr)
    p = suwen('run', 'mini', '-C', ws, '--source', root / 'src', '--lang', 'en')
    tap.ok(p.returncode == 0 and under_way, 'a run waits for a query to end', p.stderr)
    q.kill()
    q.wait()


def moved(tap, root):
    """A workspace made by a relative path is read from anywhere, and again after it was moved."""
    put(root / 'moved-src' / 'H1' / '2023-01-06' / 'visit.csv', HEAD + 'v1,p1,2023-01-05,1.00\n')
    must('init', 'here', '--pack', HERE / 'mini', cwd=root)
    must('run', 'mini', '-C', 'here', '--source', 'moved-src', cwd=root)
    count = "SELECT count(*) AS n FROM ods.visit"
    tap.same(query(root / 'here', count), [('1',)], 'a workspace made by a relative path is read from anywhere')
    (root / 'there').mkdir()
    shutil.move(root / 'here', root / 'there' / "it's elsewhere")
    away = root / 'there' / "it's elsewhere"
    tap.same(query(away, count), [('1',)], 'a moved workspace is read where it is')
    put(root / 'moved-src' / 'H1' / '2023-01-07' / 'visit.csv', HEAD + 'v2,p2,2023-01-06,1.00\n')
    must('run', 'mini', '-C', away, '--source', root / 'moved-src')
    tap.same(query(away, count), [('2',)], 'a moved workspace goes on')


def interrupted(tap, ws):
    """A list that Ctrl-C cut short is not passed off as whole."""
    p = subprocess.Popen([SUWEN, 'query', 'SELECT unnest(range(50000000)) AS n', '-C', str(ws), '--csv'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    p.stdout.read(1000)
    p.send_signal(signal.SIGINT)
    last = p.stdout.read()[-20:].split()[-1]
    tap.same((p.wait(timeout=60), last == b'49999999'), (130, False), 'Ctrl-C ends a listing with its own exit code')


def main():
    tap = Tap()
    with Scratch() as root:
        ws = workspace(root)
        p = suwen('query', 'SELECT 1', '-C', ws, '--lang', 'en')
        tap.ok(p.returncode != 0 and 'run a flow first' in p.stderr, 'without a warehouse a query says what to do', p.stderr)
        put(root / 'src' / 'H1' / '2023-01-06' / 'visit.csv', HEAD + 'v1,p1,2023-01-05 08:00,12.50\nv2,p2,2023-01-05 09:00,7.00\n')
        must('run', 'mini', '-C', ws, '--source', root / 'src')
        moved(tap, root)
        values(tap, ws)
        summary(tap, ws)
        interrupted(tap, ws)
        notes(tap, root)
        beside_a_run(tap, root)
        readers_and_a_writer(tap, root, ws)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
