#!/usr/bin/env python3
"""The report as a page: whole, valid, bounded, in both languages, asking nothing of the network; of a region, of a day without
a row, and of a drafted pack."""
import ctypes
import html.parser
import json
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(os.environ.get('SW_SOURCE_ROOT', pathlib.Path(__file__).resolve().parents[2]))
# The release binary where there is one: this is a test of content.
RELEASE = ROOT / 'build' / 'suwen'
os.environ['SW_SUWEN'] = str(RELEASE if RELEASE.exists() else os.environ.get('SW_SUWEN', RELEASE))
os.environ.setdefault('SW_SOURCE_ROOT', str(ROOT))
sys.path.insert(0, str(ROOT / 'tests' / 'cli'))
from support import Scratch, Tap, must, put, query, workspace  # noqa: E402

VOID = {'meta', 'link', 'br', 'img', 'input', 'hr'}
UNKNOWN_TAG = 801  # libxml2 knows the elements of HTML 4: section, nav, svg and their like it reports as unknown


class Shape(html.parser.HTMLParser):
    """Elements that do not nest, ids, links, and texts that stand in one language alone."""

    def __init__(self):
        super().__init__()
        self.stack, self.faults, self.ids, self.links, self.outside = [], [], [], [], []
        self.sections, self.words = [], {'zh': 0, 'en': 0}

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if 'id' in attrs:
            self.ids.append(attrs['id'])
        if tag == 'section':
            self.sections.append(attrs.get('id', ''))
        for name in ('href', 'src', 'action', 'xlink:href'):
            if name in attrs:
                (self.links if attrs[name].startswith('#') else self.outside).append(attrs[name])
        if tag in VOID:
            return
        language = next((c for c in attrs.get('class', '').split() if c in ('zh', 'en')), None)
        if language:
            self.words[language] += 1
        self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1] != tag:
            self.faults.append('%s closes %s at %s' % (tag, self.stack[-1:] or 'nothing', self.getpos()))
        else:
            self.stack.pop()


class XmlError(ctypes.Structure):
    _fields_ = [('domain', ctypes.c_int), ('code', ctypes.c_int), ('message', ctypes.c_char_p), ('level', ctypes.c_int), ('file', ctypes.c_char_p),
                ('line', ctypes.c_int)]


def libxml2_errors(page):
    lib = ctypes.CDLL('libxml2.so.2')
    found = []
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(XmlError))

    @kind
    def note(_, error):
        if error.contents.code != UNKNOWN_TAG:
            found.append('%d: %s (line %d)' % (error.contents.code, error.contents.message.decode(errors='replace').strip(), error.contents.line))

    lib.xmlSetStructuredErrorFunc.argtypes = [ctypes.c_void_p, kind]
    lib.htmlReadMemory.restype = ctypes.c_void_p
    lib.htmlReadMemory.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
    lib.xmlFreeDoc.argtypes = [ctypes.c_void_p]
    lib.xmlSetStructuredErrorFunc(None, note)
    data = page.encode()
    doc = lib.htmlReadMemory(data, len(data), b'report.html', b'utf-8', 0)
    lib.xmlFreeDoc(doc)
    return found


def check_page(tap, name, page, sections):
    shape = Shape()
    shape.feed(page)
    tap.ok(not shape.faults and not shape.stack, name + ' elements nest', shape.faults[:5] or shape.stack)
    tap.ok(not libxml2_errors(page), name + ' is read by libxml2 without an error', libxml2_errors(page)[:5])
    tap.ok(not shape.outside and '@import' not in page and 'url(' not in page and not re.search(r'https?://', page), name + ' needs no network', shape.outside[:5])
    tap.same(sorted(i for i in shape.ids if shape.ids.count(i) > 1), [], name + ' ids are unique')
    tap.same([link for link in shape.links if link[1:] not in shape.ids], [], name + ' links of the contents lead somewhere')
    missing = [s for s in sections if s not in shape.sections]
    tap.ok(not missing, name + ' has its sections', 'missing %s of %s' % (missing, shape.sections))
    tap.ok(shape.words['zh'] == shape.words['en'] > 20, name + ' says everything in both languages', shape.words)
    tap.ok(len(page) < 2_000_000, name + ' is of bounded size', len(page))
    return shape


def report(ws, lang, out):
    must('--lang', lang, 'report', '--html', out, '-C', ws)
    return pathlib.Path(out).read_text(encoding='utf-8')


def region(tap, root):
    must('synth', '--out', root / 'region', '--patients', '250', '--days', '3', '--seed', '5')
    ws = root / 'hospital'
    must('init', ws, '--pack', ROOT / 'packs' / 'hospital')
    must('run', 'hospital-daily', '-C', ws, '--source', root / 'region' / 'deliveries')
    pages = {lang: report(ws, lang, root / (lang + '.html')) for lang in ('zh', 'en')}
    for lang, page in pages.items():
        check_page(tap, 'region ' + lang, page, ['overview', 'operations', 'operations-groups', 'operations-teams', 'operations-units', 'operations-schemes', 'quality',
                                                'reconcile', 'deliveries', 'steps', 'rows', 'tables', 'runs'])
        tap.ok('data-lang="%s"' % lang in page[:200], 'the language asked for is shown first')
    tap.same(pages['zh'].replace('lang="zh" data-lang="zh"', '', 1), pages['en'].replace('lang="en" data-lang="en"', '', 1), 'both pages are the same but for what is shown first')
    cases, gain = query(ws, "SELECT cases, CAST(gain AS DECIMAL(18,2)) FROM ads.operations_indicator WHERE level = 'region'")[0]
    tap.ok('{:,}'.format(int(cases)) in pages['zh'], 'the cards tell the number of discharges', cases)
    names = {name for (name,) in query(ws, 'SELECT DISTINCT name FROM dwd.patient WHERE length(name) > 2')}
    doctors = {name for (name,) in query(ws, 'SELECT DISTINCT attending_physician FROM dwd.admission WHERE attending_physician IS NOT NULL')}
    shown = [name for name in names - doctors if '>%s<' % name in pages['zh']]
    tap.same(shown, [], 'no patient is named')
    listed = json.loads(must('operations', '--by', 'department', '--json', '-C', ws))
    want = query(ws, "SELECT count(*), CAST(sum(gain) AS DECIMAL(18,2)) FROM ads.operations_indicator WHERE level = 'department'")[0]
    tap.same((str(len(listed)), '%.2f' % sum(u['gain'] or 0 for u in listed)), want, 'suwen operations lists every department')


def day_without_rows(tap, root):
    ws = workspace(root, 'empty')
    put(root / 'none' / 'H1' / '2023-01-06' / 'visit.csv', 'visit_id,patient,visit_time,amount\n')
    must('run', 'mini', '-C', ws, '--source', root / 'none')
    page = report(ws, 'zh', root / 'empty.html')
    shape = check_page(tap, 'a day without rows', page, ['overview', 'rows', 'runs'])
    tap.ok('operations-groups' not in shape.sections and 'class="absent"' in page, 'what is absent says so once')
    tap.ok('nan' not in re.sub(r'<(style|script).*?</\1>', '', page, flags=re.S).lower().replace('finance', ''), 'no number is missing its value')


def drafted(tap, root):
    data = root / 'unknown'
    put(data / 'A01' / '2023-01-05' / 'fees.tsv', 'fee_no\tpatient\tamount\ttime\n' + ''.join('%05d\t0%d\t%d.50\t2023/1/5 8:0%d\n' % (i, i % 50, i, i % 10) for i in range(80)))
    must('draft', data, '--out', root / 'drafted', '--name', 'mine')
    ws = root / 'drafted-ws'
    must('init', ws, '--pack', root / 'drafted')
    must('run', 'mine', '-C', ws, '--source', data)
    page = report(ws, 'en', root / 'drafted.html')
    check_page(tap, 'a drafted pack', page, ['overview', 'deliveries', 'rows', 'tables', 'runs'])
    tap.ok('80' in page and 'class="absent"' in page, 'it tells its rows and what is absent')


def main():
    tap = Tap()
    with Scratch() as root:
        region(tap, root)
        day_without_rows(tap, root)
        drafted(tap, root)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
