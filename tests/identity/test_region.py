#!/usr/bin/env python3
"""Accuracy on the synthetic region. The labels are read here and nowhere else: the engine never sees the truth folder.

Precision and recall are over all true pairs of registrations; automatic links are those of one person id. Test registrations
stand for no one: a link of one of them counts against precision.
"""
import collections
import csv
import io
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(os.environ['SW_SOURCE_ROOT'])
RELEASE = ROOT / 'build' / 'suwen'
SUWEN = RELEASE if RELEASE.exists() else pathlib.Path(os.environ['SW_SUWEN'])
WANTED = ('BRXX_', 'BRHB_', 'ZDB_', 'dbo.patient_', 'dbo.dict_item_', 'Patient.', 'PatientMerge.', 'DictItem.')
FLOW = '''flow: persons
title: {zh: 只关联患者, en: Persons alone}
steps:
  - {id: ingest, op: ingest, config: {sources: [vendor_a, vendor_b, vendor_c]}}
  - {id: standardise, op: standardise, needs: [ingest], config: {tables: [dwd.patient, dwd.patient_merge]}}
  - {id: identify, op: identify, needs: [standardise]}
'''
count = failed = 0


def ok(good, name, detail=''):
    global count, failed
    count += 1
    failed += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)
    if not good:
        print('# %s' % detail)


def must(*words):
    p = subprocess.run([str(SUWEN), *map(str, words)], capture_output=True, text=True, encoding='utf-8')
    if p.returncode:
        raise SystemExit('suwen %s: exit %d\n%s%s' % (' '.join(map(str, words)), p.returncode, p.stdout, p.stderr))
    return p.stdout


def query(ws, sql):
    return [tuple(r) for r in list(csv.reader(io.StringIO(must('query', sql, '-C', ws, '--csv'), newline='')))[1:]]


def pairs(counter):
    return sum(n * (n - 1) // 2 for n in counter.values())


def score(registrations, truth):
    """registrations: (key, person); truth: key → true person. Returns precision, recall, true pairs."""
    true, found, both = collections.Counter(), collections.Counter(), collections.Counter()
    for key, person in registrations:
        mine = truth.get(key, ('no one', key))
        true[mine] += 1
        found[person] += 1
        both[mine, person] += 1
    return pairs(both) / max(1, pairs(found)), pairs(both) / max(1, pairs(true)), pairs(true)


def region(root):
    must('synth', '-o', root / 'region', '-n', 1200, '-s', 20240, '-q')
    for file in (root / 'region' / 'deliveries').glob('*/*/*'):
        if not file.name.startswith(WANTED):
            file.unlink()
    ws = root / 'ws'
    must('init', ws, '--pack', 'hospital', '-q')
    (ws / 'packs' / 'hospital' / 'flows' / 'persons.yaml').write_text(FLOW, encoding='utf-8')
    must('run', 'persons', '-C', ws, '--source', root / 'region' / 'deliveries', '-q')
    return ws


def check(ws, truth_dir):
    with open(truth_dir / 'persons.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    kind = {(r['institution'], r['patient_id']): r['kind'] for r in rows}
    truth = {(r['institution'], r['patient_id']): r['person'] for r in rows if r['kind'] != 'test'}
    found = [((org, patient), person) for org, patient, person in query(ws, 'SELECT org_code, patient_id, person_id FROM person.registration')]
    precision, recall, n = score(found, truth)
    print('# %d registrations, %d true pairs: precision %.5f recall %.5f' % (len(found), n, precision, recall))
    ok(n > 3000, 'the_region_has_pairs_to_find', n)
    ok(precision >= .9995, 'automatic_links_are_right', precision)
    ok(recall >= .97, 'persons_are_found_across_institutions', recall)
    review = query(ws, 'SELECT org_a, patient_a, org_b, patient_b FROM person.review')
    waiting = {k for a, b, c, d in review for k in ((a, b), (c, d))}
    print('# %d of %d records in review' % (len(waiting), len(found)))
    ok(len(waiting) <= .01 * len(found), 'few_records_wait_for_a_person', len(waiting))
    links = query(ws, "SELECT org_a, patient_a, org_b, patient_b FROM person.link WHERE outcome = 'linked' AND reason <> 'decision'")
    standin = {(a, b) for a, b in query(ws, 'SELECT org_code, patient_id FROM person.registration WHERE standin')}
    ok(standin, 'the_region_has_stand_ins')
    wrong = [x for x in links if x[:2] in standin and x[2:] in standin]
    ok(not wrong, 'no_automatic_link_between_stand_ins', wrong[:5])
    # A card lent to another person is an alert, not a link.
    borrowed = {k for k, v in kind.items() if v == 'borrowed'}
    person = dict(found)
    owners = collections.defaultdict(set)
    for key, p in found:
        owners[p].add(truth.get(key))
    ok(all(len(owners[person[k]] - {truth.get(k)}) == 0 for k in borrowed if k in person), 'a_borrowed_card_joins_no_one', borrowed)
    alerts = {k for a, b, c, d in query(ws, 'SELECT org_a, patient_a, org_b, patient_b FROM person.alert') for k in ((a, b), (c, d))}
    told = [k for k in borrowed if k in alerts]
    ok(not borrowed or told, 'borrowed_cards_are_told', borrowed)


def check_relations(ws, truth_dir):
    with open(truth_dir / 'relations.csv', encoding='utf-8', newline='') as file:
        mothers = {r['other_person']: r['person'] for r in csv.DictReader(file) if r['relation'] == 'mother_of'}
    with open(truth_dir / 'persons.csv', encoding='utf-8', newline='') as file:
        truth = {(r['institution'], r['patient_id']): r['person'] for r in csv.DictReader(file)}
    rows = query(ws, 'SELECT org_code, patient_id, related_patient_id FROM person.relation')
    good = [r for r in rows if mothers.get(truth.get((r[0], r[1]))) == truth.get((r[0], r[2]))]
    ok(rows and len(good) == len(rows), 'mothers_and_children_are_related', '%d of %d' % (len(good), len(rows)))


def main():
    with tempfile.TemporaryDirectory(prefix='suwen-test-') as name:
        root = pathlib.Path(name)
        ws = region(root)
        check(ws, root / 'region' / 'truth')
        check_relations(ws, root / 'region' / 'truth')
    print('1..%d' % count)
    return 1 if failed else 0


sys.exit(main())
