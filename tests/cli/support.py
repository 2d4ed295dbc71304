"""What the whole-program tests share: running the program, TAP lines, golden files."""
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SUWEN = os.environ['SW_SUWEN']
ROOT = pathlib.Path(os.environ['SW_SOURCE_ROOT'])
HERE = ROOT / 'tests' / 'cli'
UPDATE = os.environ.get('SW_UPDATE_GOLDEN') == '1'


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, detail=''):
        self.count += 1
        self.failed += not good
        print('%sok %d - %s' % ('' if good else 'not ', self.count, re.sub(r'\W+', '_', name)))
        if not good:
            for line in str(detail).splitlines()[:60]:
                print('# ' + line)
        sys.stdout.flush()
        return good

    def same(self, got, want, name):
        return self.ok(got == want, name, 'got  %r\nwant %r' % (got, want))

    def done(self):
        print('1..%d' % self.count)
        return 1 if self.failed else 0


def skip(why):
    print('1..0 # SKIP ' + why)
    sys.exit(77)


def has(command):
    return suwen('help', command).returncode == 0


def suwen(*args, env=None, cwd=None, timeout=570):
    full = dict(os.environ, LC_ALL='C.UTF-8')
    full.update(env or {})
    return subprocess.run([SUWEN, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=full, cwd=cwd, text=True,
                          errors='replace', timeout=timeout)


def must(*args, **options):
    p = suwen(*args, **options)
    if p.returncode != 0:
        raise RuntimeError('suwen %s: exit %d\n%s\n%s' % (' '.join(map(str, args)), p.returncode, p.stdout[-3000:], p.stderr[-5000:]))
    return p.stdout


def listing(*args):
    return json.loads(must(*args, '--json'))


def query(ws, sql):
    return [tuple(r) for r in list(csv.reader(io.StringIO(must('query', sql, '-C', ws, '--csv'))))[1:]]


class Scratch:
    """A directory that goes away; `with Scratch() as root`."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix='suwen-test-'))
        return self.path

    def __exit__(self, *exc):
        subprocess.run(['chmod', '-R', 'u+rwX', str(self.path)], check=False)
        shutil.rmtree(self.path, ignore_errors=True)


def put(path, content):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode('utf-8'))
    return path


def workspace(root, name='ws', pack=HERE / 'mini'):
    ws = root / name
    must('init', ws, '--pack', pack)
    return ws


def golden(tap, name, got):
    """Compares with tests/cli/golden/<name>.txt; SW_UPDATE_GOLDEN=1 writes it."""
    path = HERE / 'golden' / (name + '.txt')
    if UPDATE:
        path.write_text(got, encoding='utf-8')
    want = path.read_text(encoding='utf-8') if path.exists() else '(no golden file %s)' % path.name
    return tap.ok(got == want, name, 'got:\n%s\nwant:\n%s' % (got, want))
