#!/usr/bin/env python3
"""The command line itself: what is wrong with a call is told in one line with exit code 2, and nothing runs. And: a workspace
whose ledger is gone is not swept."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import SUWEN, Scratch, Tap, must, put, suwen, workspace  # noqa: E402

CALLS = [
    ('an unknown option', ['runs', '--nonsense'], 'unknown option --nonsense'),
    ('an unknown letter', ['runs', '-z'], 'unknown option -z'),
    ('an option without a name', ['runs', '--=x'], 'unknown option --=x'),
    ('an unknown command', ['frob'], 'unknown command frob'),
    ('a value missing at the end', ['synth', '--out'], 'option --out needs a value'),
    ('a letter whose value is missing', ['runs', '-C'], 'option -C needs a value'),
    ('an option where a value belongs', ['synth', '--out', '--patients', '5'], 'option --out needs a value'),
    ('a value for a flag', ['runs', '--json=1'], 'option --json takes no value'),
    ('letters behind a flag', ['runs', '-qx'], 'option --quiet takes no value'),
    ('a word for a number', ['synth', '--out', 'x', '--patients', 'many'], '--patients takes a whole number'),
    ('an option given twice', ['synth', '--out', 'x', '--out', 'y'], 'option --out is given more than once'),
    ('a required option missing', ['synth'], 'missing option --out'),
    ('a word behind two dashes is no option', ['runs', '--', '--json'], 'extra argument --json'),
    ('a language that is not there', ['runs', '--lang', 'fr'], '--lang takes zh or en, not fr'),
]


def calls(tap):
    for name, args, want in CALLS:
        p = suwen(*args)
        good = p.returncode == 2 and want in p.stderr and p.stderr.count('\n') == 1 and not p.stdout
        tap.ok(good, name + ' is told', 'exit %d\n%s%s' % (p.returncode, p.stdout, p.stderr))
    p = suwen('--lang', 'zh', 'runs', '--nonsense')
    tap.ok(p.returncode == 2 and '没有选项 --nonsense' in p.stderr, 'a wrong option is told in the language asked for', p.stderr)
    with open('/dev/full', 'w') as full:
        p = subprocess.run([SUWEN, 'help'], stdout=full, stderr=subprocess.PIPE, text=True, env=dict(os.environ, LC_ALL='C.UTF-8'))
    tap.ok(p.returncode != 0 and 'cannot write to standard output' in p.stderr, 'output that cannot be written is no success', p.stderr)


def lost_ledger(tap, root):
    ws, src = workspace(root), root / 'src'
    put(src / 'H1' / '2023-01-06' / 'visit.csv', 'visit_id,patient,visit_time,amount\nv1,p1,2023-01-05 08:00,12.50\n')
    must('run', 'mini', '-C', ws, '--source', src)
    before = sorted((ws / 'landing').rglob('*.parquet'))
    for name in ('ledger.sqlite', 'ledger.sqlite-wal', 'ledger.sqlite-shm'):
        (ws / name).unlink(missing_ok=True)
    p = suwen('run', 'mini', '-C', ws, '--source', src)
    tap.ok(p.returncode != 0 and 'restore the ledger from a backup' in p.stderr, 'a lost ledger stops the run', p.stderr)
    tap.ok(before and sorted((ws / 'landing').rglob('*.parquet')) == before, 'and what was landed stays', before)


def main():
    tap = Tap()
    calls(tap)
    with Scratch() as root:
        lost_ledger(tap, root)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
