#!/usr/bin/env python3
"""Bad input of every kind: one clear message each, and nothing is lost. The golden files hold what a user reads."""
import ctypes
import fcntl
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import HERE, SUWEN, Scratch, Tap, golden, has, listing, must, put, query, skip, suwen, workspace  # noqa: E402

HEAD = 'visit_id,patient,visit_time,amount\n'
GOOD = 'v1,p1,2023-01-05 08:00,12.50\nv2,p2,2023-01-05 09:00,7.00\n'


def clean(text, root):
    """What may differ between runs: paths of this run, run ids, durations, process ids."""
    text = text.replace(str(root), '<dir>')
    text = re.sub(r'\d{8}T\d{6}-\d{4}', '<run>', text)
    text = re.sub(r'\d+(\.\d+)? ?(s|ms|秒)\b', '<time>', text)
    text = re.sub(r'(进程|process|pid) \d+', r'\1 <pid>', text)
    return re.sub(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?', '<moment>', text)


def run(ws, src, *more, lang='en'):
    return suwen('run', 'mini', '-C', ws, '--source', src, '--lang', lang, *more)


def story(p, ws, root):
    """Exit code, messages, and where every row went."""
    lines = ['exit %d' % p.returncode] + [l for l in p.stderr.splitlines() if l.strip()]
    if p.returncode == 0:
        for r in listing('rows', 'latest', '-C', ws):
            if r['table'].startswith('ods.'):
                lines.append('%s: in %d = out %d + rejected %d + filtered %d' % (r['table'], r['in'], r['out'], r['rejected'], r['filtered']))
        for b in listing('rejects', '-C', ws):
            for r in listing('rejects', str(b['batch']), '-C', ws, '--lang', 'en'):
                raw = r['raw'] if len(r['raw']) < 80 else r['raw'][:60] + '… %d characters' % len(r['raw'])
                lines.append('rejected: line %d, column %s: %s | %s' % (r['line'], r['column'] or '-', r['reason'], raw))
        for f in query(ws, 'SELECT file, reason_en FROM meta.refused_file ORDER BY 1'):
            lines.append('refused: %s: %s' % f)
    return clean('\n'.join(lines) + '\n', root)


def wide(columns):
    extra = ','.join('c%d' % i for i in range(columns - 4))
    return HEAD.strip() + ',' + extra + '\n' + 'v1,p1,2023-01-05,1.00,' + ','.join('x' for _ in range(columns - 4)) + '\n'


def file_cases():
    yield 'empty_file', b''
    yield 'header_only', HEAD
    yield 'thousand_columns', wide(1000)
    yield 'field_of_64_MiB', HEAD + 'v1,"' + 'x' * (64 << 20) + '",2023-01-05,1.00\n' + GOOD.splitlines()[1] + '\n'
    yield 'never_closed_quote_of_101_MiB', HEAD + 'v1,"' + 'y' * (101 << 20) + '\n' + GOOD
    yield 'nul_bytes', (HEAD + 'v1,p\0x,2023-01-05,1.00\n' + GOOD).encode()
    yield 'mixed_line_ends', HEAD + 'v1,p1,2023-01-05,1.00\r\nv2,p2,2023-01-06,2.00\nv3,p3,2023-01-07,3.00\r\n'
    yield 'mixed_encodings', HEAD.encode() + 'v1,张三,2023-01-05,1.00\n'.encode() + 'v2,李四,2023-01-05,1.00\n'.encode('gb18030') + 'v3,王五,2023-01-05,1.00\n'.encode()
    yield 'bad_types', HEAD + 'v1,p1,2023-02-30,1.00\nv2,p2,2023-01-05,12.345\nv3,p3,2023-01-05,1.00\n'
    yield 'ragged_lines', HEAD + 'v1,p1\nv2,p2,2023-01-05,1.00,more\nv3,p3,2023-01-05,1.00\n'
    yield 'unbalanced_quote', HEAD + 'v1,"p1,2023-01-05,1.00\nv2,p2,2023-01-05,2.00\nv3,p3,2023-01-05,3.00\n'
    yield 'total_row_and_repeated_header', HEAD + 'v1,p1,2023-01-05,1.00\n' + HEAD + 'v2,p2,2023-01-05,2.00\n合计,,,3.00\n'
    yield 'missing_required_column', 'patient,visit_time\np1,2023-01-05\n'


def each_file(tap, root):
    for name, content in file_cases():
        ws = workspace(root, name)
        src = root / (name + '-src')
        put(src / 'H1' / '2023-01-06' / 'visit.csv', content)
        golden(tap, name, story(run(ws, src), ws, root))


def raw_records(tap, root):
    """`suwen rejects BATCH --raw` gives records back byte for byte, whatever their length and encoding."""
    ws = workspace(root, 'raw')
    long = b'v1,"' + bytes(97 + i % 26 for i in range(1 << 20)) * 20 + b'\xff",2023-01-05,1.00'
    foreign = 'v2,李四,2023-01-05,1.00'.encode('gb18030')
    put(root / 'raw-src' / 'H1' / '2023-01-06' / 'visit.csv', HEAD.encode() + long + b'\r\n' + foreign + b'\r\n' + 'v3,张三,2023-01-05,1.00\n'.encode() * 3)
    must('run', 'mini', '-C', ws, '--source', root / 'raw-src')
    batch = listing('rejects', '-C', ws)[0]['batch']
    rows = listing('rejects', batch, '-C', ws)
    raw = lambda which: subprocess.run([SUWEN, 'rejects', str(batch), '--raw', str(which), '-C', str(ws)], stdout=subprocess.PIPE).stdout  # noqa: E731
    tap.same([r['length'] for r in rows], [len(long), len(foreign)], 'the listing tells the bytes of a record')
    tap.ok(raw(rows[0]['row']) == long, 'a record of 20 MiB comes back byte for byte')
    tap.ok(raw(rows[1]['row']) == foreign, 'a record in another encoding comes back byte for byte')
    tap.ok(raw('all') == long + b'\n' + foreign + b'\n', 'all rejected records come back, a line each')
    p = suwen('rejects', batch, '--raw', 5, '-C', ws, '--lang', 'en')
    tap.ok(p.returncode != 0 and 'has no rejected row 5' in p.stderr, 'a row that is no reject is told', p.stderr)


def places(tap, root):
    ws = workspace(root, 'places')
    src = root / 'places-src'
    (src / 'H1' / '2023-01-06' / 'visit.csv').mkdir(parents=True)
    put(src / 'H1' / '2023-01-07' / 'visit.csv', HEAD + GOOD)
    golden(tap, 'directory_where_a_file_is_expected', story(run(ws, src), ws, root))
    golden(tap, 'source_is_no_directory', story(run(ws, src / 'H1' / '2023-01-07' / 'visit.csv', '--restart'), ws, root))
    golden(tap, 'source_does_not_exist', story(run(ws, src / 'nothing', '--restart'), ws, root))


def obey_modes():
    """Drops CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH from what the next exec may hold."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):
        if libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            raise OSError(ctypes.get_errno(), 'prctl')


def no_permission(tap, root):
    ws = workspace(root, 'permission')
    src = root / 'permission-src'
    put(src / 'H1' / '2023-01-06' / 'visit.csv', HEAD + GOOD)
    closed = put(src / 'H1' / '2023-01-06' / 'visit_closed.csv', HEAD + GOOD)
    closed.chmod(0)
    if os.geteuid() == 0:  # root reads everything, unless it gives the right to do so away; it keeps its uid, so that a checkout under a closed directory works
        p = subprocess.run([SUWEN, 'run', 'mini', '-C', str(ws), '--source', str(src), '--lang', 'en'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True, preexec_fn=obey_modes, env=dict(os.environ, LC_ALL='C.UTF-8'))
    else:
        p = run(ws, src)
    golden(tap, 'no_permission', story(p, ws, root))


def disk_full(tap, root):
    """A limit on file sizes stands for a full disk; afterwards the same run, with room, loses nothing."""
    ws = workspace(root, 'full')
    src = root / 'full-src'
    rows = ''.join('v%d,p%d,2023-01-05,%d.%02d\n' % (i, i * 7919 % 100003, i, i % 100) for i in range(200000))
    put(src / 'H1' / '2023-01-06' / 'visit.csv', HEAD + rows)
    limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (400000, 400000)))  # noqa: E731
    p = subprocess.run([SUWEN, 'run', 'mini', '-C', str(ws), '--source', str(src), '--lang', 'en'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True, preexec_fn=limit, env=dict(os.environ, LC_ALL='C.UTF-8'))
    tap.ok(p.returncode not in (0, -signal.SIGXFSZ) and 'error' in p.stderr, 'a full disk fails the run with a message', p.stderr)
    golden(tap, 'disk_full', clean('exit %d\n%s' % (p.returncode, p.stderr), root))
    p = run(ws, src)
    tap.ok(p.returncode == 0, 'with room again the same run goes on', p.stderr)
    tap.same(query(ws, 'SELECT count(*), sum(amount) FROM dwd.visit'), [('200000', '19999998000.00' if False else query(ws, 'SELECT count(*), sum(amount) FROM ods.visit')[0][1])],
             'nothing is lost by a full disk')


def packs(tap, root):
    golden(tap, 'pack_with_20_errors', clean(_init_and_run(root, HERE / 'broken20'), root))
    golden(tap, 'cyclic_flow', clean(_init_and_run(root, HERE / 'cyclic'), root))


def _init_and_run(root, pack):
    ws = root / ('ws-' + pack.name)
    must('init', ws, '--pack', pack)
    p = suwen('run', 'mini', '-C', ws, '--source', root, '--lang', 'en')
    return 'exit %d\n%s' % (p.returncode, p.stderr)


def second_run(tap, root):
    ws = workspace(root, 'twice')
    put(root / 'twice-src' / 'H1' / '2023-01-06' / 'visit.csv', HEAD + GOOD)
    with open(ws / 'run' / 'lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write('4242 2023-01-06 08:00:00 suwen run mini\n')
        lock.flush()
        p = run(ws, root / 'twice-src')
    tap.ok(p.returncode == 11 and len(p.stderr.strip().splitlines()) == 1, 'a second run on one workspace is refused in one line', p.stderr)
    golden(tap, 'second_run', clean('exit %d\n%s' % (p.returncode, p.stderr), root))
    p = run(ws, root / 'twice-src')
    tap.ok(p.returncode == 0, 'and runs once the first is over', p.stderr)


def main():
    if not has('run'):
        skip('suwen run is not there')
    tap = Tap()
    with Scratch() as root:
        each_file(tap, root)
        raw_records(tap, root)
        places(tap, root)
        disk_full(tap, root)
        packs(tap, root)
        second_run(tap, root)
    with Scratch() as root:
        no_permission(tap, root)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
