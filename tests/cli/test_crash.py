#!/usr/bin/env python3
"""SIGKILL at random instants of `suwen run`, each followed by a resume: the final tables equal those of an undisturbed run,
nothing is lost, nothing is there twice; and a deleted warehouse comes back the same.

Two flows: a small one of many files, killed often, and the hospital's on a tiny region, killed a few times.
SW_CRASH_KILLS (default 60; 200 for the full figure) and SW_CRASH_HOSPITAL_KILLS (default 2) say how often; SW_CRASH_SEED repeats
a failing sequence."""
import csv
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SUWEN = os.environ['SW_SUWEN']
KILLS = int(os.environ.get('SW_CRASH_KILLS', '60'))
HOSPITAL_KILLS = int(os.environ.get('SW_CRASH_HOSPITAL_KILLS', '2'))
HERE = os.path.dirname(os.path.abspath(__file__))
SEED = int(os.environ.get('SW_CRASH_SEED', str(random.randrange(1 << 30))))
ENV = dict(os.environ, LC_ALL='C.UTF-8')
COUNT = 0


def tap(ok, name, detail=''):
    global COUNT
    COUNT += 1
    print('%sok %d - %s' % ('' if ok else 'not ', COUNT, name.replace(' ', '_')))
    if not ok and detail:
        for line in detail.splitlines()[:40]:
            print('# ' + line)
    sys.stdout.flush()
    return ok


def suwen(*args, check=True):
    p = subprocess.run([SUWEN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV, text=True)
    if check and p.returncode != 0:
        raise RuntimeError('suwen %s: exit %d\n%s%s' % (' '.join(args), p.returncode, p.stdout[-2000:], p.stderr[-4000:]))
    return p


def query(ws, sql):
    return list(csv.reader(io.StringIO(suwen('query', sql, '-C', ws, '--csv').stdout)))[1:]


def fingerprint(ws):
    """Row count and order-free hash of every published table; what names a run or a moment is left out."""
    views = query(ws, "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal AND schema_name IN "
                      "('ods', 'dwd', 'dws', 'ads') ORDER BY 1")
    names = [v[0] for v in views]
    sql = ' UNION ALL '.join("SELECT '%s', count(*), coalesce(sum(hash(t)::HUGEINT), 0), count(DISTINCT hash(t)) FROM %s t" %
                             (n, '"%s"."%s"' % tuple(n.split('.', 1))) for n in names)
    return {row[0]: tuple(row[1:]) for row in query(ws, sql)} if names else {}


class Flow:
    """A pack, a flow of it, and deliveries for it."""

    def __init__(self, name, pack, flow, deliveries):
        self.name, self.pack, self.flow, self.deliveries = name, pack, flow, deliveries

    def workspace(self, root, which):
        ws = os.path.join(root, self.name + '-' + which)
        shutil.rmtree(ws, ignore_errors=True)
        suwen('init', ws, '--pack', self.pack)
        return ws

    def args(self, ws):
        return ['run', self.flow, '-C', ws, '--source', self.deliveries, '--quiet']


def differences(want, got):
    return '\n'.join('%s: %s, undisturbed %s' % (k, got.get(k), want.get(k)) for k in sorted(set(want) | set(got)) if want.get(k) != got.get(k))


def kill_once(flow, ws, delay):
    """True when the run was still going at the kill."""
    p = subprocess.Popen([SUWEN, *flow.args(ws)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENV)
    try:
        p.wait(delay)
    except subprocess.TimeoutExpired:
        p.send_signal(signal.SIGKILL)
        p.communicate()
        return True
    err = p.stderr.read().decode('utf-8', 'replace')
    if p.returncode != 0:
        raise RuntimeError('a run that was not killed failed with %d:\n%s' % (p.returncode, err[-4000:]))
    return False


def torture(root, flow, wanted, seconds, want):
    rng = random.Random(SEED)
    kills = completed = 0
    bad = ''
    ws = flow.workspace(root, 'killed')
    while kills < wanted and not bad:
        if kill_once(flow, ws, rng.uniform(0.02, seconds)):
            kills += 1
            if rng.random() < 0.5 and kills < wanted:
                continue  # the next kill hits the resumed run
        suwen(*flow.args(ws))
        bad = differences(want, fingerprint(ws))
        completed += 1
        ws = flow.workspace(root, 'killed')
    return kills, completed, bad


def prove(root, flow, kills, least_tables):
    ws = flow.workspace(root, 'calm')
    began = time.monotonic()
    suwen(*flow.args(ws))
    seconds = time.monotonic() - began
    want = fingerprint(ws)
    tap(len(want) >= least_tables and any(int(v[0]) for v in want.values()), '%s: an undisturbed run makes the tables' % flow.name, str(want))
    os.unlink(os.path.join(ws, 'warehouse.duckdb'))
    suwen(*flow.args(ws))
    lost = differences(want, fingerprint(ws))
    tap(not lost, '%s: a deleted warehouse comes back the same' % flow.name, lost)
    done, completed, bad = torture(root, flow, kills, seconds, want)
    print('# %s: %d kills, %d completed runs, SW_CRASH_SEED=%d' % (flow.name, done, completed, SEED))
    tap(not bad and done == kills, '%s: killed runs end with the same tables' % flow.name, 'SW_CRASH_SEED=%d\n%s' % (SEED, bad))


def small_deliveries(root):
    """Six institutions, four deliveries that overlap and correct one another, some rows that cannot be typed."""
    out = os.path.join(root, 'small')
    for org in range(6):
        for day in range(1, 5):
            where = os.path.join(out, 'H%d' % org, '2023-01-%02d' % day)
            os.makedirs(where)
            with open(os.path.join(where, 'visit.csv'), 'w', encoding='utf-8') as f:
                f.write('visit_id,patient,visit_time,amount\n')
                for i in range(day * 40, day * 40 + 120):
                    f.write('v%d,p%d,2023-01-%02d 08:%02d,%d.%02d\n' % (i, i % 37, 1 + i % 28, i % 60, i + day, i % 100))
                f.write('v9999,p,2023-02-30,1.00\n')
    return out


def main():
    if suwen('help', 'synth', check=False).returncode or suwen('help', 'run', check=False).returncode:
        print('1..0 # SKIP suwen synth and run are not there')
        return 77
    root = tempfile.mkdtemp(prefix='suwen-crash-')
    try:
        prove(root, Flow('small', os.path.join(HERE, 'mini'), 'mini', small_deliveries(root)), KILLS, 3)
        out = os.path.join(root, 'region')
        suwen('synth', '--out', out, '--patients', '40', '--institutions', '3', '--years', '1', '--days', '1', '--seed', '7', '--quiet')
        prove(root, Flow('hospital', 'hospital', 'hospital-daily', os.path.join(out, 'deliveries')), HOSPITAL_KILLS, 20)
        print('1..%d' % COUNT)
        return 0
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
