#!/usr/bin/env python3
"""Findings over two deliveries of a synthetic region: faults open them, a corrected delivery closes them; and the rejections
that a national system might have sent back are compared with them."""
import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(os.environ.get('SW_SOURCE_ROOT', pathlib.Path(__file__).resolve().parents[2]))
RELEASE = ROOT / 'build' / 'suwen'
SUWEN = RELEASE if RELEASE.exists() else pathlib.Path(os.environ.get('SW_SUWEN', RELEASE))
FLOW = '''flow: loop-test
title: {zh: 整改测试, en: Test of findings}
steps:
  - {id: ingest, op: ingest, config: {sources: [vendor_a, vendor_b, vendor_c, hqms, bureau, dbf_settlement, insurance]}}
  - {id: stays, op: standardise, needs: [ingest], config: {tables: [dwd.admission, dwd.diagnosis, dwd.procedure]}}
  - {id: check, op: check, needs: [stays], config: {tables: [dwd.admission]}}
  - {id: findings, op: findings, needs: [check]}
'''
count = failed = 0


def case(name, good, detail=''):
    global count, failed
    count += 1
    failed += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)
    if not good:
        for line in str(detail).splitlines()[:40]:
            print('# ' + line)


def suwen(*words, check=True):
    env = dict(os.environ, LC_ALL='C.UTF-8', SUWEN_PACKS=str(ROOT / 'packs'))
    p = subprocess.run([str(SUWEN), *map(str, words)], capture_output=True, text=True, encoding='utf-8', env=env)
    if check and p.returncode:
        raise SystemExit('suwen %s: exit %d\n%s%s' % (' '.join(map(str, words)), p.returncode, p.stdout[-2000:], p.stderr[-2000:]))
    return p if not check else p.stdout


def listing(*words):
    return list(csv.DictReader(io.StringIO(suwen(*words, '--csv'), newline='')))


def query(ws, sql):
    return listing('query', '-C', ws, sql)


def key_of(row):
    return row['table_name'], row['rule'], row['org'], row['key']


def states(ws):
    return {key_of(r): r for r in query(ws, 'SELECT * FROM quality.finding')}


def deliver_again(clean, region):
    """The front pages of SY0001, as they should have been, as the next day's delivery."""
    to = region / 'deliveries' / 'SY0001' / '2024-01-05'
    to.mkdir(parents=True)
    for file in sorted((clean / 'deliveries' / 'SY0001').glob('*/BASY_*.csv')):
        shutil.copy(file, to / file.name)


def check_loop(root, ws, region, clean):
    suwen('run', 'loop-test', '-C', ws, '--source', region / 'deliveries', '--quiet')
    first = states(ws)
    failing = {(r['rule'], r['org'], r['case_no']) for r in query(
        ws, "SELECT DISTINCT f.rule, f.org, a.case_no FROM quality.failure f JOIN dwd.admission a USING (_row)")}
    case('every_failing_row_is_a_finding', first and {(r, o, k) for _, r, o, k in first} == failing, set(list(failing)[:5]))
    case('all_are_open_with_owner_and_deadline', all(f['state'] == 'open' and f['owner'] and f['deadline'] for f in first.values()), list(first.values())[:2])
    # one is accepted by hand, one disputed, in an institution that does not deliver again
    other = [f for f in first.values() if f['org'] != 'SY0001']
    suwen('findings', 'accept', other[0]['id'], '--reason', '已核对病历', '--by', '质控员', '--until', '2030-01-01', '-C', ws)
    suwen('findings', 'dispute', other[1]['id'][:12], '--reason', '规则不适用', '--by', '质控员', '-C', ws)
    refused = suwen('findings', 'accept', other[0]['id'], '--by', '质控员', '-C', ws, check=False)
    case('a_decision_without_reason_is_refused', refused.returncode != 0 and 'SW-RULE-0067' in refused.stderr, refused.stderr)
    worklist = listing('findings', 'worklist', '--org', 'SY0001', '--table', 'dwd.admission', '-C', ws)
    open_there = [f for f in first.values() if f['org'] == 'SY0001']
    case('the_work_list_has_file_line_and_values', len(worklist) == len(open_there) and all(r['file'] and int(r['line']) > 1 and r['case_no'] == r['key'] for r in worklist),
         worklist[:1])
    deliver_again(clean, region)
    suwen('run', 'loop-test', '-C', ws, '--source', region / 'deliveries', '--quiet')
    second = states(ws)
    still = {(r['rule'], r['org'], r['case_no']) for r in query(
        ws, "SELECT DISTINCT f.rule, f.org, a.case_no FROM quality.failure f JOIN dwd.admission a USING (_row) WHERE f.run = (SELECT max(run) FROM quality.run)")}
    corrected = {k: f for k, f in second.items() if f['state'] == 'corrected'}
    case('a_corrected_delivery_closes_what_it_corrects', corrected and set(corrected) == {k for k in first if k[2] == 'SY0001' and k[1:] not in still},
         [f['state'] for f in second.values() if f['org'] == 'SY0001'])
    batches = {r['batch_no']: r['file'] for r in query(ws, 'SELECT batch_no, file FROM meta.batch')}
    case('closed_ones_name_the_batch_that_corrected_them', all('2024-01-05' in batches.get(f['closed_batch'], '') and f['cause'] == 'delivery' for f in corrected.values()),
         [(f['closed_batch'], f['cause']) for f in corrected.values()])
    by_id = {f['id']: f for f in second.values()}
    case('decisions_hold', by_id[other[0]['id']]['state'] == 'accepted' and by_id[other[1]['id']]['state'] == 'disputed')
    history = listing('findings', 'history', other[0]['id'], '-C', ws)
    case('history_tells_who_and_why', [(h['action'], h['from_state'], h['state']) for h in history] == [('opened', '', 'open'), ('accept', 'open', 'accepted')]
         and history[1]['who'] == '质控员' and history[1]['reason'] == '已核对病历', history)
    # everything computed goes; the flow makes it again
    for file in ws.glob('warehouse.duckdb*'):
        file.unlink()
    suwen('run', 'loop-test', '-C', ws, '--source', region / 'deliveries', '--quiet')
    case('a_deleted_warehouse_loses_no_finding', states(ws) == second, [(k, second[k], f) for k, f in states(ws).items() if f != second.get(k)][:2])
    return second


def feedback(root, ws, found):
    """What the system rejects: all of SY0002's findings of its commonest rule but one, two pages that we think right, a code that we do
    not know on the rows of another rule, and a page that does not exist."""
    pages = {(r['org_code'], r['case_no']): r for r in query(ws, 'SELECT org_code, case_no, record_no, admission_count FROM dwd.admission')}
    by_rule = {}
    for (_, rule, org, key), f in found.items():
        if org == 'SY0002':
            by_rule.setdefault(rule, []).append(key)
    rules = sorted(by_rule, key=lambda r: (-len(by_rule[r]), r))
    mapped, unmapped = rules[0], rules[1]
    clean = [k for k in sorted(pages) if k[0] == 'SY0002' and not any(k[1] in keys for keys in by_rule.values())][:2]
    rows = [('SY0002', k, 'E001') for k in by_rule[mapped][1:]] + [('SY0002', k[1], 'E001') for k in clean] + [('SY0002', k, 'X9') for k in by_rule[unmapped]]
    file = root / '反馈.csv'
    with open(file, 'w', encoding='gb18030', newline='') as f:
        w = csv.writer(f)
        w.writerow(['机构代码', '病案号', '住院次数', '错误代码', '错误信息'])
        for org, key, code in rows:
            w.writerow([org, pages[(org, key)]['record_no'], pages[(org, key)]['admission_count'], code, '数据有误'])
        w.writerow(['SY0002', '不存在', '1', 'E001', '数据有误'])
    return file, mapped, unmapped, len(by_rule[mapped]), len(by_rule[unmapped]), len(clean)


def check_returned(root, ws, found):
    file, mapped, unmapped, n_mapped, n_unmapped, n_clean = feedback(root, ws, found)
    drafted = suwen('returned', 'draft', file, '--name', 'test-feedback', '-C', ws)
    case('a_mapping_is_drafted', all(w in drafted for w in ('record_no', 'admission_count', 'code: ["错误代码"]', 'org: ["机构代码"]', '"E001"', '"X9"')), drafted)
    drafted = drafted.replace('{code: "E001", rules: []', '{code: "E001", rules: [%s]' % mapped)
    (ws / 'packs' / 'hospital' / 'returned' / 'test.yaml').write_text(drafted, encoding='utf-8')
    said = suwen('returned', 'import', file, '--config', 'test-feedback', '--from', '2000-01-01', '--to', '2100-01-01', '-C', ws)
    again = suwen('returned', 'import', file, '--config', 'test-feedback', '-C', ws)
    case('the_same_file_is_imported_once', said != again and len(query(ws, 'SELECT * FROM quality.returned_file')) == 1, said + again)
    outcome = {}
    for r in listing('returned', 'list', '-C', ws):
        outcome[(r['code'], r['outcome'])] = outcome.get((r['code'], r['outcome']), 0) + 1
    wanted = {('E001', 'both'): n_mapped - 1, ('E001', 'missed'): n_clean, ('E001', 'not_found'): 1, ('X9', 'unmapped'): n_unmapped}
    case('rejections_are_told_apart', outcome == {k: v for k, v in wanted.items() if v}, (outcome, wanted))
    unknown = [(r['org'], r['key']) for r in listing('returned', 'list', '--outcome', 'not_found', '-C', ws)]
    case('a_row_that_we_do_not_have_keeps_their_key', unknown == [('SY0002', '不存在|1')], unknown)
    ours = [r for r in listing('returned', 'compare', '-C', ws) if r['side'] == 'ours' and r['org'] == 'SY0002']
    mine = {r['rule']: r for r in ours}
    case('what_they_missed_is_counted', int(mine[mapped]['only_one']) == 1 and int(mine[mapped]['in_both']) == n_mapped - 1 and mine[mapped]['mapped'] == 'true', ours)
    likely = [r for r in listing('returned', 'suggest', '-C', ws) if r['code'] == 'X9']
    case('a_rule_is_suggested_for_an_unknown_code', likely and likely[0]['rule'] == unmapped and likely[0]['share'] in ('1', '1.0'), likely)
    report = root / 'report.html'
    suwen('report', '--html', report, '-C', ws)
    page = report.read_text(encoding='utf-8')
    case('the_report_has_the_chapter', 'id="findings"' in page and '问题整改' in page and 'test-feedback' in page)


def main():
    with tempfile.TemporaryDirectory(prefix='suwen-findings-') as home:
        root = pathlib.Path(home)
        region, clean, ws = root / 'region', root / 'clean', root / 'ws'
        for out, words in ((region, ()), (clean, ('--no-faults',))):
            suwen('synth', '--out', out, '-n', '400', '-d', '3', '-s', '5', '--content', ROOT / 'packs' / 'synth', '--quiet', *words)
        suwen('init', ws, '--pack', 'hospital')
        (ws / 'packs' / 'hospital' / 'flows' / 'loop-test.yaml').write_text(FLOW, encoding='utf-8')
        found = check_loop(root, ws, region, clean)
        check_returned(root, ws, found)
    print('1..%d' % count)
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
