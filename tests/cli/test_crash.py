#!/usr/bin/env python3
"""SIGKILL at random instants of `suwen run`, each followed by a resume: the final tables equal those of an undisturbed run,
nothing is lost, nothing is there twice; and a deleted warehouse comes back the same.

SW_CRASH_KILLS says how many kills (default 20; 200 for the full figure). SW_CRASH_SEED repeats a failing sequence."""
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
KILLS = int(os.environ.get('SW_CRASH_KILLS', '20'))
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


def make_workspace(root, name):
    ws = os.path.join(root, name)
    shutil.rmtree(ws, ignore_errors=True)
    suwen('init', ws, '--pack', 'hospital')
    return ws


def run_args(ws, deliveries):
    return [SUWEN, 'run', 'hospital-daily', '-C', ws, '--source', deliveries, '--quiet']


def differences(want, got):
    return '\n'.join('%s: %s, undisturbed %s' % (k, got.get(k), want.get(k)) for k in sorted(set(want) | set(got)) if want.get(k) != got.get(k))


def kill_once(ws, deliveries, delay):
    """True when the run was still going at the kill."""
    p = subprocess.Popen(run_args(ws, deliveries), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENV)
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


def torture(root, deliveries, seconds, want):
    rng = random.Random(SEED)
    kills = completed = 0
    bad = ''
    ws = make_workspace(root, 'killed')
    while kills < KILLS and not bad:
        if kill_once(ws, deliveries, rng.uniform(0.02, seconds)):
            kills += 1
            # Sometimes a second kill hits the resume itself; now and then it may finish.
            if rng.random() < 0.5 and kills < KILLS:
                continue
        suwen(*run_args(ws, deliveries)[1:])
        bad = differences(want, fingerprint(ws))
        completed += 1
        ws = make_workspace(root, 'killed')
    return kills, completed, bad


def main():
    if suwen('help', 'synth', check=False).returncode or suwen('help', 'run', check=False).returncode:
        print('1..0 # SKIP suwen synth and run are not there')
        return 77
    root = tempfile.mkdtemp(prefix='suwen-crash-')
    try:
        out = os.path.join(root, 'region')
        suwen('synth', '--out', out, '--patients', '120', '--years', '1', '--days', '2', '--seed', '7', '--quiet')
        deliveries = os.path.join(out, 'deliveries')
        ws = make_workspace(root, 'calm')
        began = time.monotonic()
        suwen(*run_args(ws, deliveries)[1:])
        seconds = time.monotonic() - began
        want = fingerprint(ws)
        tap(len(want) > 20 and any(int(v[0]) for v in want.values()), 'an undisturbed run makes the tables', str(want))
        os.unlink(os.path.join(ws, 'warehouse.duckdb'))
        suwen(*run_args(ws, deliveries)[1:])
        lost = differences(want, fingerprint(ws))
        tap(not lost, 'a deleted warehouse comes back the same', lost)
        kills, completed, bad = torture(root, deliveries, seconds, want)
        tap(not bad and kills == KILLS, '%d kills and %d completed runs give the same tables' % (kills, completed), 'SW_CRASH_SEED=%d\n%s' % (SEED, bad))
        print('1..%d' % COUNT)
        return 0
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
