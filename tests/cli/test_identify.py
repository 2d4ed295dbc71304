#!/usr/bin/env python3
"""Reviewers at their desk, and `identify` on files: the words of the commands, in both languages, and what they do."""
import csv
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import HERE, Scratch, Tap, golden, listing, must, put, query, suwen, workspace  # noqa: E402

SURNAMES, GIVEN = '王李张刘陈杨黄赵吴周徐孙马朱胡林', '伟芳敏静强磊洋艳勇杰涛明超秀霞平刚桂英华玉兰红建国文志海波宁宇浩'
HEAD = 'patient_id,name,former_name,sex,birth_date,id_no,phone,current_address,registered_at'


def check_char(body):
    return '10X98765432'[sum(int(c) * w for c, w in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11]


def person(k):
    """Plainly synthetic: number k of an imaginary town."""
    h = (k + 1) * 2654435761 % (1 << 32)
    name = SURNAMES[h % 16] + GIVEN[h // 16 % 32] + GIVEN[h // 512 % 32]
    birth = '19%02d-%02d-%02d' % (40 + h // 7 % 60, 1 + h // 11 % 12, 1 + h // 13 % 28)
    body = '110101' + birth.replace('-', '') + '%03d' % (100 + k)
    return dict(name=name, former_name='', sex='1' if int(body[16]) % 2 else '2', birth_date=birth, id_no=body + check_char(body),
                phone='139%08d' % (h % 100000000), current_address='北京市海淀区学院路%d号%d室' % (h // 17 % 300 + 1, h // 19 % 900 + 101))


def line(patient, who, at):
    return ','.join([patient] + [who[c] for c in HEAD.split(',')[1:8]] + [at])


def deliver(root):
    """Two hospitals. A200 and B200 agree in name and birth date alone; A201 and B201 are twins of one household."""
    first, second = [HEAD], [HEAD]
    for k in range(120):
        p = person(k)
        first.append(line('A%d' % k, p, '2023-01-02 08:00:00'))
        if k % 3:
            q = dict(p, id_no='' if k % 4 == 0 else p['id_no'], phone='' if k % 5 == 0 else p['phone'])
            second.append(line('B%d' % k, q, '2023-02-02 08:00:00'))
    lone = dict(person(200), id_no='', phone='', current_address='')
    first.append(line('A200', lone, '2023-01-03 08:00:00'))
    second.append(line('B200', dict(lone, birth_date=lone['birth_date'][:9] + ('1' if lone['birth_date'][9] != '1' else '2')), '2023-02-03 08:00:00'))
    twin = dict(person(201), id_no='', name='田小一')
    first.append(line('A201', twin, '2023-01-04 08:00:00'))
    second.append(line('B201', dict(twin, name='田大双'), '2023-02-04 08:00:00'))
    put(root / 'src' / 'H1' / '2023-03-01' / 'patient.csv', '\n'.join(first) + '\n')
    put(root / 'src' / 'H2' / '2023-03-01' / 'patient.csv', '\n'.join(second) + '\n')


def run(ws, root):
    must('run', 'persons', '-C', ws, '--source', root / 'src', '-q')


def persons_of(ws, *patients):
    return [r[0] for r in query(ws, "SELECT person_id FROM person.registration WHERE patient_id IN ('%s') ORDER BY patient_id" % "', '".join(patients))]


def steady(text):
    return re.sub(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?', 'TIME', text)


def at_the_desk(tap, root):
    deliver(root)
    ws = workspace(root, pack=HERE / 'persons')
    for word in ('stats', 'review'):
        p = suwen('identify', word, '-C', ws, '--lang', 'en')
        tap.ok(p.returncode != 0 and 'run a flow' in p.stderr, '%s before the first run says what to do' % word, p.stderr)
    run(ws, root)
    for lang in ('zh', 'en'):
        golden(tap, 'identify_review_' + lang, must('identify', 'review', '-C', ws, '--lang', lang))
        golden(tap, 'identify_explain_' + lang, must('identify', 'explain', 'H1|A201', 'H2|B201', '-C', ws, '--lang', lang))
        golden(tap, 'identify_stats_' + lang, must('identify', 'stats', '-C', ws, '--lang', lang))
    rows = listing('identify', 'explain', 'H1|A1', 'H2|B1', '-C', ws)
    tap.same(round(sum(r['weight'] for r in rows), 6), round(rows[-1]['total'], 6), 'the parts of an explanation add up')
    one = persons_of(ws, 'A1', 'B1')
    tap.ok(one[0] == one[1], 'two registrations of one person are linked', one)

    p = suwen('identify', 'decide', 'H1|A1', 'H2|B1', 'different', '-C', ws, '--lang', 'en')
    tap.ok(p.returncode == 2 and '--by' in p.stderr, 'a decision needs a name', p.stderr)
    p = suwen('identify', 'decide', 'H1|A1', 'H2|nobody', 'same', '--by', 'dr', '-C', ws)
    tap.ok(p.returncode != 0, 'a decision is about registrations that there are', p.stderr)
    must('identify', 'decide', 'H1|A1', 'H2|B1', 'different', '--by', '审核员', '--reason', '不是一人', '-C', ws)
    run(ws, root)
    two = persons_of(ws, 'A1', 'B1')
    tap.ok(two[0] == one[0] and two[1] != one[0], 'a decision parts them in the next run', two)
    run(ws, root)
    tap.same(persons_of(ws, 'A1', 'B1'), two, 'and holds against later results')

    must('identify', 'merge', two[0], two[1], '--by', '审核员', '-C', ws)
    run(ws, root)
    tap.same(persons_of(ws, 'A1', 'B1'), one, 'a merge joins them under the earlier id')
    made = listing('identify', 'decisions', '-C', ws)
    must('identify', 'undo', made[-1]['id'], '--by', '审核员', '-C', ws)
    run(ws, root)
    tap.same(persons_of(ws, 'A1', 'B1'), two, 'undoing the merge restores both ids')
    must('identify', 'undo', listing('identify', 'decisions', '-C', ws)[-1]['id'], '--by', '审核员', '-C', ws)
    p = suwen('identify', 'undo', made[0]['id'], '--by', 'x', '-C', ws, '--lang', 'en')
    tap.ok(p.returncode == 2 and 'was replaced by' in p.stderr, 'a decision that was replaced cannot be undone', p.stderr)
    must('identify', 'decide', 'H1|A1', 'H2|B1', 'withdraw', '--by', '审核员', '-C', ws)
    run(ws, root)
    tap.same(persons_of(ws, 'A1', 'B1'), one, 'withdrawn, they are one again')

    must('identify', 'split', 'H2|B2', '--by', '审核员', '--reason', '错并', '-C', ws)
    run(ws, root)
    parted = persons_of(ws, 'A2', 'B2')
    tap.ok(parted[0] != parted[1], 'a split parts one registration', parted)
    must('identify', 'undo', listing('identify', 'decisions', '-C', ws)[-1]['id'], '--by', '审核员', '-C', ws)
    run(ws, root)
    tap.same(persons_of(ws, 'A2', 'B2'), [parted[0]] * 2, 'undoing the split restores the earlier id')
    gone = must('person', parted[1], '-C', ws)
    tap.ok('A2' in gone and 'B2' in gone, 'an id that went out of use still leads to its person', gone)
    golden(tap, 'identify_decisions_zh', steady(must('identify', 'decisions', '-C', ws, '--lang', 'zh')))

    golden(tap, 'identify_reestimate_en', must('identify', 'reestimate', '-C', ws, '--lang', 'en'))
    p = suwen('identify', 'approve', '7', '--by', 'dr', '-C', ws, '--lang', 'en')
    tap.ok(p.returncode != 0 and '7' in p.stderr, 'only the pending version can be approved', p.stderr)
    must('identify', 'reject', '2', '--by', 'dr', '-C', ws)
    must('identify', 'reestimate', '-C', ws)
    must('identify', 'approve', '3', '--by', 'dr', '-C', ws)
    run(ws, root)
    tap.same(query(ws, 'SELECT DISTINCT version FROM person.model'), [('3',)], 'an approved version is in force in the next run')


def on_files(tap, root):
    rows = ['号,姓名,性别,生日,手机']
    for k in range(300):
        p = person(k // 2)
        rows.append('r%d,%s,%s,%s,%s' % (k, p['name'], '男' if p['sex'] == '1' else '女', p['birth_date'], '' if k % 7 == 3 else p['phone']))
    put(root / 'a.csv', ('\n'.join(rows) + '\n').encode('gb18030'))
    p = suwen('identify', '--in', root / 'a.csv', '--out', root / 'clusters.csv', '--pairs', root / 'pairs.csv', '--draft', root / 'link.yaml', '--lang', 'en')
    tap.ok(p.returncode == 0, 'a GB18030 file is linked without a configuration', p.stderr)
    golden(tap, 'identify_draft_words_en', ''.join(x + '\n' for x in p.stderr.splitlines() if 'column' in x))
    golden(tap, 'identify_drafted_link', (root / 'link.yaml').read_text(encoding='utf-8'))
    found = list(csv.DictReader((root / 'clusters.csv').open(encoding='utf-8')))
    tap.same(list(found[0]), ['号', 'person'], "clusters.csv has the input's id column and person")
    tap.same(len(found), 300, 'every record has a line')
    tap.ok(all(found[i]['person'] == found[i + 1]['person'] for i in range(0, 300, 2)), 'doubles are brought together')
    pairs = list(csv.DictReader((root / 'pairs.csv').open(encoding='utf-8')))
    off = [r for r in pairs if int(r['score']) != int(r['prior']) + sum(int(v or 0) for k, v in r.items() if k.endswith('_weight'))]
    tap.ok(pairs and not off, 'stored parts add up to the score exactly', off[:2])
    must('identify', '--in', root / 'a.csv', '--config', root / 'link.yaml', '--out', root / 'again.csv')
    tap.same((root / 'again.csv').read_bytes(), (root / 'clusters.csv').read_bytes(), 'the drafted configuration gives the same result')
    must('identify', '--in', root / 'a.csv', '--id', '手机', '--out', root / 'named.csv')
    tap.ok((root / 'named.csv').read_text(encoding='utf-8').startswith('手机,person\n'), '--id names the id column')
    golden(tap, 'identify_file_explain_zh', must('identify', 'explain', 'r0', 'r1', '--in', root / 'a.csv', '--lang', 'zh', '-q'))
    p = suwen('identify', '--lang', 'en')
    tap.ok(p.returncode == 2 and 'usage' in p.stderr, 'without a word or a file the usage is told', p.stderr)


def main():
    tap = Tap()
    with Scratch() as root:
        at_the_desk(tap, root)
        on_files(tap, root)
    return tap.done()


sys.exit(main())
