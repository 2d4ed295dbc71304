#!/usr/bin/env python3
"""Patient values appear in no log, message or report: every cell of a delivery with all kinds of faults is looked for."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import Scratch, Tap, has, must, put, skip, suwen, workspace  # noqa: E402

MARKS = ['张三丰之秘', 'ZQXW', '110101199003078888', '13800990011', '777888999.31']
ROWS = [
    'V{m},{name},2023-01-05 08:00,12.50',
    'V{m},{name},2023-02-31,12.50',          # impossible date
    'V{m},{name},2023-01-05,{money}x',       # no amount
    'V{m},{name}',                           # too few fields
    'V{m},{name},2023-01-05,1.00,{phone}',   # too many
    'V{m},"{name} {id},2023-01-05,1.00',     # unbalanced quote
    'V{m},{name}\0{id},2023-01-05,1.00',
]


def delivery():
    lines = [r.format(m=MARKS[1], name=MARKS[0], id=MARKS[2], phone=MARKS[3], money=MARKS[4]) for r in ROWS]
    bad = ('V%s,%s,2023-01-05,1.00' % (MARKS[1], MARKS[0])).encode('gb18030')
    return 'visit_id,patient,visit_time,amount\n'.encode() + '\n'.join(lines).encode() + b'\n' + bad + b'\n'


def found(text):
    return [m for m in MARKS if m in text]


def main():
    if not has('run'):
        skip('suwen run is not there')
    tap = Tap()
    with Scratch() as root:
        ws = workspace(root)
        put(root / 'src' / 'H1' / '2023-01-06' / 'visit.csv', delivery())
        for lang in ('zh', 'en'):
            p = suwen('run', 'mini', '-C', ws, '--source', root / 'src', '--lang', lang)
            tap.ok(p.returncode == 0 and not found(p.stdout + p.stderr), 'messages of a run hold no values (%s)' % lang, p.stdout + p.stderr)
        logs = ''.join(f.read_text(errors='replace') for f in (ws / 'run' / 'logs').iterdir())
        tap.ok(logs and not found(logs), 'the log holds no values', logs)
        must('report', '--html', root / 'r.html', '-C', ws)
        page = (root / 'r.html').read_text()
        tap.ok(not found(page), 'the report holds no values', found(page))
        raw = (ws / 'ledger.sqlite').read_bytes() + b''.join(f.read_bytes() for f in ws.glob('ledger.sqlite-*'))
        tap.ok(not [m for m in MARKS if m.encode() in raw], 'the ledger holds no values')
        p = suwen('query', "SELECT CAST(patient AS INTEGER) FROM ods.visit", '-C', ws)
        tap.ok(p.returncode != 0, 'a failing query fails', p.stdout)
        text = suwen('rejects', '1', '-C', ws).stdout
        tap.ok(found(text), 'the listing of rejects does show them, to who asks', text)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
