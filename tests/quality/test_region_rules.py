#!/usr/bin/env python3
"""Rules on the synthetic region.

With faults: every injected fault of a kind that a rule covers is found at its record, in its file and line; nothing else is
found; and nearly every rule that can be broken has been. Without: no mandatory rule fails, and the findings to verify are
those that the truth foretells.

SW_REGION_PERSONS and SW_REGION_SEED (one or several, by commas) repeat it on larger regions, SW_REGION_FAULTS sets the share of
front pages with a fault in percent. Uses the release binary where there is one: the rooms' tests run the same code under the
sanitizers.
"""
import collections
import csv
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(os.environ.get('SW_SOURCE_ROOT', pathlib.Path(__file__).resolve().parents[2]))
RELEASE = ROOT / 'build' / 'suwen'
SUWEN = RELEASE if RELEASE.exists() else pathlib.Path(os.environ.get('SW_SUWEN', RELEASE))
PERSONS = os.environ.get('SW_REGION_PERSONS', '1000')
SEEDS = os.environ.get('SW_REGION_SEED', '5').split(',')
FAULTS = os.environ.get('SW_REGION_FAULTS', '100')
FLOW = '''flow: quality-test
title: {zh: 质控测试, en: Test of quality}
steps:
  - {id: ingest, op: ingest, config: {sources: [vendor_a, vendor_b, vendor_c, hqms, bureau, dbf_settlement, insurance]}}
  - {id: stays, op: standardise, needs: [ingest], config: {tables: [dwd.admission, dwd.diagnosis, dwd.procedure]}}
  - id: lists
    op: standardise
    needs: [ingest]
    config: {tables: [dwd.settlement_list, dwd.settlement_diagnosis, dwd.settlement_procedure, dwd.settlement_item, dwd.settlement_icu]}
  - {id: check, op: check, needs: [stays, lists], config: {tables: [dwd.admission, dwd.settlement_list]}}
'''
# What no fault can show: dictionaries and catalogues that do not come with the program, and what the pack cannot build.
WITHOUT = {'Q028', 'Q037', 'Q046', 'Q051', 'Q112D', 'Q116', 'Q137', 'Q156'}
# Those for which a dictionary is made from the region's own codes, to show that it is asked.
DICTIONARY = {'Q028': ('RC035', 'ethnicity'), 'Q037': ('RC036', 'native_province'), 'Q051': ('icd10.clinical', 'dwd.diagnosis'),
              'Q112D': ('icd9.clinical', 'dwd.procedure')}
# Rarities, found in the advisory list.
RARITIES = {'Q063', 'Q065', 'Q067', 'Q073', 'Q075', 'Q127Z'}

count = failed = 0


def case(name, good, detail=''):
    global count, failed
    count += 1
    failed += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)
    if not good:
        for line in str(detail).splitlines()[:40]:
            print('# ' + line)


def suwen(*words):
    env = dict(os.environ, LC_ALL='C.UTF-8', SUWEN_PACKS=str(ROOT / 'packs'))
    p = subprocess.run([str(SUWEN), *map(str, words)], capture_output=True, text=True, encoding='utf-8', env=env)
    if p.returncode:
        raise SystemExit('suwen %s: exit %d\n%s%s' % (' '.join(map(str, words)), p.returncode, p.stdout[-2000:], p.stderr[-2000:]))
    return p.stdout


def query(ws, sql):
    return list(csv.DictReader(io.StringIO(suwen('query', '-C', ws, '--csv', sql), newline='')))


def truth(region, name):
    with open(region / 'truth' / name, encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f))


def build(root, seed, name, *options):
    region, ws = root / (name + seed), root / ('w-' + name + seed)
    suwen('synth', '--out', region, '-n', PERSONS, '-d', '2', '-s', seed, '--content', ROOT / 'packs' / 'synth', '--quiet', *options)
    suwen('init', ws, '--pack', 'hospital')
    (ws / 'packs' / 'hospital' / 'flows' / 'quality-test.yaml').write_text(FLOW, encoding='utf-8')
    suwen('run', 'quality-test', '-C', ws, '--source', region / 'deliveries', '--quiet')
    return region, ws


def findings(ws):
    """(rule, institution, key) of every finding of a Q rule, with _row."""
    found = {}
    for table, key in (('dwd.admission', 'case_no'), ('dwd.settlement_list', 'setl_id')):
        for r in query(ws, "SELECT f.rule, f.org, t.%s AS key, f._row FROM quality.failure f JOIN %s t ON t._row = f._row "
                           "WHERE f.table_name = '%s' AND f.rule LIKE 'Q%%'" % (key, table, table)):
            found[r['rule'], r['org'], r['key']] = int(r['_row'])
    return found


def record_of(key):
    """The record that a truth key names: vendor c joins with "||", and a child's number follows one more "|"."""
    head, bar, _ = key.rpartition('|')
    return head if bar and not head.endswith('|') else key


def rule_of(kind, rules):
    """Without its dictionary, a code that is none is found by its form."""
    return 'Q051F' if kind == 'Q051' else kind if rules.get(kind, 'dictionary missing') != 'dictionary missing' else None


def lines_of(ws):
    """File and line of front pages and settlement lists by _row."""
    out = {}
    for t in query(ws, "SELECT table_schema || '.' || table_name AS t FROM information_schema.tables WHERE table_schema = 'ods' AND "
                       "(table_name LIKE '%admission' OR table_name LIKE '%setlinfo' OR table_name LIKE '%front_page' OR table_name LIKE 'bureau%')"):
        for r in query(ws, 'SELECT o._row, b.file, o._line FROM %s o JOIN meta.batch b ON b.batch_no = o._row >> 31' % t['t']):
            out[int(r['_row'])] = (r['file'], int(r['_line']))
    return out


def recall(root, seed):
    region, ws = build(root, seed, 'dirty', '--page-faults', FAULTS)
    rules = {r['rule']: r['state'] for r in query(ws, "SELECT DISTINCT rule, state FROM quality.rule WHERE rule LIKE 'Q%'")}
    found, lines = findings(ws), lines_of(ws)
    explained, missed, misplaced = set(), [], []
    injected, seen = collections.Counter(), collections.Counter()
    places = collections.defaultdict(set)
    for f in truth(region, 'faults.csv'):
        rule = rule_of(f['kind'], rules)
        if rule:
            places[rule, f['file'].split('/')[0], record_of(f['key'])].add((f['file'], int(f['line'])))
    for at, where in places.items():
        rule = at[0]
        explained.add(at)
        injected[rule] += 1
        if at in found:
            seen[rule] += 1
            file, line = lines.get(found[at], ('', 0))
            line -= file.endswith('.xlsx')  # the truth counts data records, ingest the sheet's rows
            own = {w for w in where if any(w[0].endswith(x) for x in (file.split('/')[-1],))} if file else set()
            if own and (not any(w[1] == line for w in own)):
                misplaced.append('%s %s:%d %s' % (at, file, line, sorted(where)))
        else:
            missed.append('%s %s' % (at, sorted(where)))
    for r in truth(region, 'advisory.csv'):
        explained.add((r['rule'], r['institution'], r['key']))
    for rule in sorted(injected):
        print('# %-6s %d of %d' % (rule, seen[rule], injected[rule]))
    total = sum(injected.values())
    case('seed %s: every injected fault that a rule covers is found (%d of %d, %d rules)' % (seed, sum(seen.values()), total, len(injected)),
         total > 20 and not missed, '\n'.join(missed))
    case('seed %s: a finding stands at the line that the truth names' % seed, not misplaced, '\n'.join(misplaced))
    extra = collections.defaultdict(list)
    for at in sorted(set(found) - explained):
        kinds = [f['kind'] for f in truth(region, 'faults.csv') if record_of(f['key']) == at[2] and f['file'].split('/')[0] == at[1]][:4] if len(extra[at[0]]) < 2 else []
        extra[at[0]].append('%s %s' % (at[1:], kinds))
    case('seed %s: nothing is found that the truth does not name (%d findings)' % (seed, len(found)), not any(extra.values()),
         '\n'.join('%s %d %s' % (k, len(v), v[:2]) for k, v in extra.items()))
    states = query(ws, "SELECT rule, reason_en FROM quality.rule WHERE state = 'broken'")
    case('seed %s: no rule is broken' % seed, not states, states)
    without = sorted(set(rules) - set(injected) - WITHOUT - RARITIES)
    case('seed %s: nearly every rule has a fault (%d of %d)' % (seed, len(injected), len(rules)), len(without) <= 30, without)
    print('# without a fault here: %s' % ' '.join(without))
    return injected, seen


def with_dictionaries(root, seed):
    """Dictionaries of the codes that the region has, but for the wrong ones: then these are found, and nothing else."""
    region, ws = root / ('dirty' + seed), root / ('w-dirty' + seed)
    want, wrong = set(), set()
    for f in truth(region, 'faults.csv'):
        if f['kind'] in DICTIONARY:
            want.add((f['kind'], f['file'].split('/')[0], record_of(f['key'])))
            if f['kind'] == 'Q051':
                wrong.add((f['file'].split('/')[0], record_of(f['key'])))
    for rule, (name, where) in DICTIONARY.items():
        if where[:4] == 'dwd.':
            rows = query(ws, 'SELECT DISTINCT org_code, case_no, seq, code, name FROM %s WHERE code IS NOT NULL' % where)
            rows.sort(key=lambda r: bool(r['name']))  # a code that some page leaves nameless has its name from another
            bad = {r['code'] for r in rows if rule == 'Q051' and r['seq'] == '1' and (r['org_code'], r['case_no']) in wrong} | {'自编01', '99.9900x099'}
            codes = {r['code']: r['name'] or '-' for r in rows if r['code'] not in bad}
        else:
            codes = {r['c']: r['c'] for r in query(ws, 'SELECT DISTINCT %s AS c FROM dwd.admission WHERE %s IS NOT NULL' % (where, where)) if r['c'] not in ('99', '无此省')}
        file = root / 'dictionary.csv'
        with open(file, 'w', encoding='utf-8', newline='') as out:
            csv.writer(out).writerows([('code', 'name'), *codes.items()])
        suwen('standard', 'import', file, '-C', ws, '--id', name, '--title', name, '--quiet')
    suwen('check', '-C', ws, 'dwd.admission', '--rules', ','.join(DICTIONARY), '--quiet')
    got = {(r['rule'], r['org'], r['key']) for r in
           query(ws, "SELECT f.rule, f.org, a.case_no AS key FROM quality.failure f JOIN dwd.admission a ON a._row = f._row WHERE f.run LIKE 'check-%'")}
    kinds = sorted({w[0] for w in want})
    case('seed %s: with dictionaries, the wrong codes are found and nothing else (%d: %s)' % (seed, len(want), ' '.join(kinds)),
         len(kinds) > 2 and got == want, 'missing %s\nextra %s' % (sorted(want - got)[:8], sorted(got - want)[:8]))


def silence(root, seed):
    region, ws = build(root, seed, 'clean', '--no-faults')
    wrong = query(ws, 'SELECT rule, table_name, sum(failed) AS n FROM quality.result WHERE mandatory AND failed > 0 GROUP BY ALL ORDER BY 1')
    case('seed %s: no mandatory rule fails on clean data' % seed, not wrong, wrong)
    got = set(findings(ws))
    want = {(r['rule'], r['institution'], r['key']) for r in truth(region, 'advisory.csv')}
    case('seed %s: the findings to verify are those foretold (%d)' % (seed, len(want)), got == want,
         'missing %s\nextra %s' % (sorted(want - got), sorted(got - want)))
    counts = query(ws, "SELECT count(*) AS n FROM quality.result WHERE checked + not_applicable + broken <> (SELECT count(*) FROM dwd.admission a WHERE a.org_code = org) "
                       "AND table_name = 'dwd.admission' AND rule LIKE 'Q%' AND rule NOT IN ('Q165', 'Q165O', 'Q166')")
    case('seed %s: checked and not applicable add up to the rows' % seed, counts[0]['n'] == '0', counts)


def main():
    if not SUWEN.exists():
        print('1..0 # SKIP the program is not built')
        return 77
    root = pathlib.Path(tempfile.mkdtemp(prefix='suwen-rules-'))
    try:
        for seed in SEEDS:
            recall(root, seed)
            with_dictionaries(root, seed)
            silence(root, seed)
            for p in root.iterdir():
                shutil.rmtree(p, ignore_errors=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print('1..%d' % count)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
