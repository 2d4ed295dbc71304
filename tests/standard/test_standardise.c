/* Standardising small deliveries: what comes out, what is listed, and that the rows balance. */
#include "standard/support.h"

#include "standard/standardise.h"

/* Runs and checks the balance; "in expanded out filtered merged nonconforming unmapped". */
static void run(world *w, const char *table, const char *counts) {
  sw_error err = SW_ERROR_INIT;
  sw_standardise_counts n;
  const sw_table_def *t = sw_pack_table(w->set, sw_str_of(table));
  assert_non_null(t);
  if (sw_standardise(w->conn, w->set, t, &(sw_standardise_options){.physical = "t1"}, &n, &err)) {
    char text[4096];
    sw_error_format(&err, SW_LANG_EN, text, sizeof text);
    SW_AUTO(sw_buf) sql = SW_BUF_INIT;
    if (sw_standardise_explain(w->conn, w->set, t, &sql, NULL)) sw_buf_puts(&sql, "?");
    fail_msg("%s\n%s", text, sql.ptr);
  }
  char got[200];
  snprintf(got, sizeof got, "in %lld expanded %lld out %lld filtered %lld merged %lld nonconforming %lld unmapped %lld", (long long)n.in, (long long)n.expanded,
           (long long)n.out, (long long)n.filtered, (long long)n.merged, (long long)n.nonconforming, (long long)n.unmapped);
  assert_string_equal(got, counts);
  assert_int_equal(n.in + n.expanded, n.out + n.rejected + n.filtered + n.merged);
}

#define ROW(batch, record) "((" #batch "::BIGINT << 31) | " #record ")"

static const char patient_table[] =
    "table: dwd.patient\ntitle: t\nkey: [org_code, patient_id]\ncolumns:\n"
    "  - {name: org_code, type: string}\n  - {name: patient_id, type: string}\n  - {name: name, type: string}\n  - {name: sex, value_set: SEX}\n"
    "  - {name: birth, type: date}\n  - {name: seen, type: datetime}\n  - {name: weight, type: decimal, precision: 6, scale: 2, unit: kg}\n"
    "  - {name: visits, type: int}\n  - {name: vip, type: bool}\n  - {name: fee, type: money}\n  - {name: kind, type: string}\n";
static const char sex_set[] = "value_set: SEX\ntitle: sex\ncodes: {1: 男, 2: 女, 9: 未说明}\n";

static void patients(world *w, const char *source_keys, const char *mapping_keys) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  world_file(w, "t.yaml", patient_table);
  world_file(w, "v.yaml", sex_set);
  sw_buf_printf(&b, "source: a\ntitle: a\ntables:\n  - table: ods.p\n    files: p.csv\n%s    columns:\n      - BRID\n      - XM\n      - XB\n      - CSRQ\n      - JZSJ\n      - TZ\n"
                    "      - CS\n      - VIP\n      - FY\n      - SJ1\n      - {name: XGSJ, type: datetime}\n      - SC\n", source_keys);
  world_file(w, "s.yaml", b.ptr);
  sw_buf_clear(&b);
  sw_buf_printf(&b, "- mapping: a.sex\n  value_set: SEX\n  codes:\n    - {from: 男, to: '1'}\n    - {from: 女, to: '2'}\n    - {from: X, to: '9', org: H2}\n"
                    "- mapping: a.p\n  into: dwd.patient\n  source: a\n  from: ods.p\n%s  columns:\n    org_code: {expr: _org}\n    patient_id: BRID\n"
                    "    name: {from: [XM, SJ1], blanks: ['-', 无]}\n    sex: {from: XB, codes: a.sex}\n    birth: CSRQ\n    seen: JZSJ\n    weight: {from: TZ, unit: g}\n"
                    "    visits: CS\n    vip: VIP\n    fee: FY\n    kind: {const: p}\n", mapping_keys);
  world_file(w, "m.yaml", b.ptr);
  world_load(w);
  world_sql(w, "CREATE TABLE ods.p (BRID VARCHAR, XM VARCHAR, XB VARCHAR, CSRQ VARCHAR, JZSJ VARCHAR, TZ VARCHAR, CS VARCHAR, VIP VARCHAR, FY VARCHAR, SJ1 VARCHAR, "
               "XGSJ TIMESTAMP, SC VARCHAR, _row BIGINT, _org VARCHAR);"
               "INSERT INTO meta.batch VALUES (1, 'a', 'H1', 'p', 'f1', '2023-01-01', '2023-01-01'), (2, 'a', 'H1', 'p', 'f2', '2023-01-02', '2023-01-02'),"
               "(3, 'a', 'H2', 'p', 'f3', '2023-01-01', '2023-01-01')");
}

static void values_are_converted_and_what_cannot_be_is_listed(void **state) {
  world *w = *state;
  patients(w, "", "");
  world_sql(w, "INSERT INTO ods.p VALUES"
               "(' 001 ', '张三', '男', '1990/1/5', '2023-01-05 08:05', '65500', '3', '是', '1,234.50', NULL, NULL, NULL, " ROW(1, 1) ", 'H1'),"
               "('002', '-', 'X', '19900230', '昨天', '重', '2.5', '也许', '￥12元', '李四', NULL, NULL, " ROW(1, 2) ", 'H1'),"
               "('003', '', 'X', '', NULL, '  ', '2.0', '0', '-3', '无', NULL, NULL, " ROW(3, 1) ", 'H2'),"
               "('004', '王五', '人妖', '1990年2月3日', '20230105080509', '1e3', '1E2', NULL, '1.1E+17', NULL, NULL, NULL, " ROW(3, 2) ", 'H2')");
  run(w, "dwd.patient", "in 4 expanded 0 out 4 filtered 0 merged 0 nonconforming 6 unmapped 2");
  world_expect(w, "SELECT * EXCLUDE (_row) FROM store.t1 ORDER BY _row",
               "H1|001|张三|1|1990-01-05|2023-01-05 08:05:00|65.50|3|true|1234.50|p|H1\n"
               "H1|002|李四|~|~|~|~|~|~|12.00|p|H1\n"
               "H2|003|~|9|~|~|~|2|false|-3.00|p|H2\n"
               "H2|004|王五|~|1990-02-03|2023-01-05 08:05:09|1.00|100|~|~|p|H2\n");
  world_expect(w, "SELECT column_name, _org, _row & 3, _part, value, reason_zh, reason_en FROM store.t1__nonconforming",
               "birth|H1|2|~|19900230|不是日期|not a date\n"
               "seen|H1|2|~|昨天|不是日期时间|not a date and time\n"
               "weight|H1|2|~|重|不是数，或超出范围|not a number, or out of range\n"
               "visits|H1|2|~|2.5|不是整数|not a whole number\n"
               "vip|H1|2|~|也许|不是“是/否”|not yes or no\n"
               "fee|H2|2|~|1.1E+17|不是金额，或超出范围|not an amount, or out of range\n");
  world_expect(w, "SELECT * FROM store.t1__unmapped", "dwd.patient|sex|a.sex|a|H1|X|1\ndwd.patient|sex|a.sex|a|H2|人妖|1\n");
}

static void the_newest_version_of_a_record_stays(void **state) {
  world *w = *state;
  patients(w, "    order: XGSJ\n", "  where: \"XM <> '测试'\"\n");
  world_sql(w, "INSERT INTO ods.p (BRID, XM, XGSJ, _row, _org) VALUES"
               "('1', 'later by its own time', '2023-01-09', " ROW(1, 1) ", 'H1'), ('1', 'earlier', '2023-01-02', " ROW(2, 1) ", 'H1'),"
               "('2', 'same time', '2023-01-02', " ROW(1, 2) ", 'H1'), ('2', 'same time, later delivery', '2023-01-02', " ROW(2, 2) ", 'H1'),"
               "('3', 'no time', NULL, " ROW(2, 3) ", 'H1'), ('3', 'a time', '2020-01-01', " ROW(1, 3) ", 'H1'),"
               "('1', 'other institution', '2020-01-01', " ROW(3, 1) ", 'H2'),"
               "(NULL, 'no key', '2023-01-01', " ROW(1, 5) ", 'H1'), (NULL, 'no key', '2023-01-01', " ROW(2, 5) ", 'H1'),"
               "('4', '测试', '2023-01-01', " ROW(1, 6) ", 'H1'), ('5', NULL, '2023-01-01', " ROW(1, 7) ", 'H1'),"
               "('6', 'tie, first record', NULL, " ROW(1, 8) ", 'H1'), ('6', 'tie, last record', NULL, " ROW(1, 9) ", 'H1')");
  run(w, "dwd.patient", "in 13 expanded 0 out 7 filtered 2 merged 4 nonconforming 0 unmapped 0");
  world_expect(w, "SELECT patient_id, name, _org FROM store.t1 ORDER BY patient_id NULLS LAST, _row",
               "1|later by its own time|H1\n1|other institution|H2\n2|same time, later delivery|H1\n3|a time|H1\n6|tie, last record|H1\n~|no key|H1\n~|no key|H1\n");
}

static void a_deleted_record_goes_with_its_versions(void **state) {
  world *w = *state;
  patients(w, "    deletions: {column: SC, values: ['1']}\n", "");
  world_sql(w, "INSERT INTO ods.p (BRID, XM, SC, _row, _org) VALUES ('1', 'first', '0', " ROW(1, 1) ", 'H1'), ('1', 'gone', '1', " ROW(2, 1) ", 'H1'),"
               "('2', 'gone', '1', " ROW(1, 2) ", 'H1'), ('2', 'back again', '0', " ROW(2, 2) ", 'H1'), ('3', 'never seen alive', ' 1', " ROW(2, 3) ", 'H1'),"
               "(NULL, 'no key', '1', " ROW(2, 4) ", 'H1')");
  run(w, "dwd.patient", "in 6 expanded 0 out 1 filtered 3 merged 2 nonconforming 0 unmapped 0");
  world_expect(w, "SELECT patient_id, name FROM store.t1", "2|back again\n");
}

static void a_full_delivery_replaces_the_institutions_earlier_ones(void **state) {
  world *w = *state;
  patients(w, "    delivery: full\n", "");
  world_sql(w, "INSERT INTO ods.p (BRID, XM, _row, _org) VALUES ('1', 'old', " ROW(1, 1) ", 'H1'), ('2', 'no longer there', " ROW(1, 2) ", 'H1'),"
               "('1', 'new', " ROW(2, 1) ", 'H1'), ('1', 'other', " ROW(3, 1) ", 'H2')");
  run(w, "dwd.patient", "in 4 expanded 0 out 2 filtered 0 merged 2 nonconforming 0 unmapped 0");
  world_expect(w, "SELECT org_code, patient_id, name FROM store.t1 ORDER BY 1", "H1|1|new\nH2|1|other\n");
}

static void an_empty_delivery_makes_an_empty_table(void **state) {
  world *w = *state;
  patients(w, "    order: XGSJ\n    delivery: full\n    deletions: {column: SC, values: ['1']}\n", "");
  run(w, "dwd.patient", "in 0 expanded 0 out 0 filtered 0 merged 0 nonconforming 0 unmapped 0");
  world_expect(w, "SELECT count(*) FROM store.t1", "0\n");
  world_expect(w, "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't1' AND ordinal_position > 8 ORDER BY ordinal_position",
               "vip|BOOLEAN\nfee|DECIMAL(18,2)\nkind|VARCHAR\n_row|BIGINT\n_org|VARCHAR\n");
}

static void fees(world *w, const char *table_keys) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&b, "table: dwd.fee\ntitle: t\nkey: [fee_id]\nmoney: true\n%scolumns:\n  - {name: fee_id, type: string}\n  - {name: item, type: string}\n  - {name: amount, type: money}\n", table_keys);
  world_file(w, "t.yaml", b.ptr);
  world_file(w, "s.yaml", "source: a\ntitle: a\ntables:\n  - {table: ods.f, files: f.csv, columns: [ID, XM, {name: JE, type: money}, CQSJ]}\n");
  world_file(w, "m.yaml", "mapping: a.f\ninto: dwd.fee\nsource: a\nfrom: ods.f\ncolumns: {fee_id: ID, item: XM, amount: JE}\n");
  world_load(w);
  world_sql(w, "CREATE TABLE ods.f (ID VARCHAR, XM VARCHAR, JE DECIMAL(18,2), CQSJ VARCHAR, _row BIGINT, _org VARCHAR);"
               "INSERT INTO meta.batch VALUES (1, 'a', 'H1', 'f', 'f1', '2023-01-01', '2023-01-01'), (2, 'a', 'H1', 'f', 'f2', '2023-01-02', '2023-01-02'), "
               "(3, 'a', 'H1', 'f', 'f3', '2023-01-02', '2023-01-02')");
}

static void money_is_never_replaced_so_that_reversals_net_out(void **state) {
  world *w = *state;
  fees(w, "");
  world_sql(w, "INSERT INTO ods.f VALUES ('1', 'ct', 300, 'a', " ROW(1, 1) ", 'H1'), ('1', 'ct', -300, 'a', " ROW(2, 1) ", 'H1'),"
               "('2', 'bed', 50, 'a', " ROW(1, 2) ", 'H1'), ('2', 'bed', 60, 'a', " ROW(2, 2) ", 'H1')");
  run(w, "dwd.fee", "in 4 expanded 0 out 4 filtered 0 merged 0 nonconforming 0 unmapped 0");
  world_expect(w, "SELECT item, sum(amount) FROM store.t1 GROUP BY item ORDER BY item", "bed|110.00\nct|0.00\n");
}

static void a_line_delivered_twice_counts_once_but_equal_lines_of_one_delivery_stay(void **state) {
  world *w = *state;
  fees(w, "");
  world_sql(w, "INSERT INTO ods.f VALUES ('1', 'ct', 300, 'extracted on the 1st', " ROW(1, 1) ", 'H1'), ('1', 'ct', 300, 'extracted on the 2nd', " ROW(2, 1) ", 'H1'),"
               "('2', 'bed', 50, NULL, " ROW(1, 2) ", 'H1'), ('2', 'bed', 50, NULL, " ROW(1, 3) ", 'H1'),"
               "('2', 'bed', 50, NULL, " ROW(2, 2) ", 'H1'), ('2', 'bed', 50, NULL, " ROW(2, 3) ", 'H1'), ('2', 'bed', 50, NULL, " ROW(3, 1) ", 'H1'),"
               "('1', 'ct', 300, 'other institution', " ROW(2, 9) ", 'H2')");
  run(w, "dwd.fee", "in 8 expanded 0 out 5 filtered 0 merged 3 nonconforming 0 unmapped 0");
  world_expect(w, "SELECT _org, item, count(*), min(_row >> 31), sum(amount) FROM store.t1 GROUP BY 1, 2 ORDER BY 1, 2",
               "H1|bed|3|1|150.00\nH1|ct|1|1|300.00\nH2|ct|1|2|300.00\n");
}

static void pages(world *w) {
  world_file(w, "t.yaml", "table: dwd.diagnosis\ntitle: t\nkey: [case_no, seq]\ncolumns:\n  - {name: case_no, type: string}\n  - {name: seq, type: int}\n"
                          "  - {name: code, type: string}\n  - {name: on_admission, value_set: V}\n  - {name: day, type: date}\n");
  world_file(w, "v.yaml", "value_set: V\ntitle: v\ncodes: {1: 有, 4: 无}\n");
  world_file(w, "s.yaml", "source: a\ntitle: a\ntables:\n  - {table: ods.c, files: c.csv, order: GX, columns: [BAH, JBDM, RYBQ, QTZD01, QTBQ01, QTZD02, QTBQ02, QTZD03, QTBQ03, {name: CY, type: date}, GX]}\n"
                          "  - {table: ods.l, files: l.csv, columns: [BAH, XH, ZD]}\n");
  world_file(w, "m.yaml", "- {mapping: a.v, value_set: V, identity: true, codes: {有: '1'}}\n"
                          "- mapping: a.d\n  into: dwd.diagnosis\n  source: a\n  from: ods.c\n  key: [case_no]\n  columns: {case_no: BAH, day: CY}\n  repeat:\n"
                          "    - columns: {code: JBDM, seq: {const: '1'}, on_admission: {from: RYBQ, codes: a.v}}\n"
                          "    - {count: 3, pad: 2, present: ['QTZD{n}'], columns: {code: {from: 'QTZD{n}', blanks: ['-']}, seq: {expr: '{n} + 1'}, on_admission: {from: 'QTBQ{n}', codes: a.v}}}\n"
                          "- {mapping: a.l, into: dwd.diagnosis, source: a, from: ods.l, where: \"XH <> '0'\", replace_by: [case_no], columns: {case_no: BAH, seq: XH, code: ZD}}\n");
  world_load(w);
  world_sql(w, "CREATE TABLE ods.c (BAH VARCHAR, JBDM VARCHAR, RYBQ VARCHAR, QTZD01 VARCHAR, QTBQ01 VARCHAR, QTZD02 VARCHAR, QTBQ02 VARCHAR, QTZD03 VARCHAR, QTBQ03 VARCHAR,"
               "CY DATE, GX VARCHAR, _row BIGINT, _org VARCHAR);"
               "CREATE TABLE ods.l (BAH VARCHAR, XH VARCHAR, ZD VARCHAR, _row BIGINT, _org VARCHAR);"
               "INSERT INTO meta.batch VALUES (1, 'a', 'H1', 'c', 'f1', '2023-01-01', '2023-01-01'), (2, 'a', 'H1', 'c', 'f2', '2023-01-02', '2023-01-02'),"
               "(5, 'a', 'H1', 'l', 'l1', '2023-01-01', '2023-01-01'), (6, 'a', 'H1', 'l', 'l2', '2023-01-02', '2023-01-02')");
}

static void repeated_column_groups_become_rows(void **state) {
  world *w = *state;
  pages(w);
  world_sql(w, "INSERT INTO ods.c VALUES"
               "('A', 'I21', '有', 'I10', '4', '-', '1', 'E11', '7', '2023-01-02', '1', " ROW(1, 1) ", 'H1'),"
               "('B', 'J18', '1', 'I10', NULL, 'E78', NULL, NULL, NULL, '2023-01-03', '1', " ROW(1, 2) ", 'H1'),"
               "('B', 'J18', '1', NULL, NULL, NULL, NULL, NULL, NULL, '2023-01-03', '2', " ROW(2, 1) ", 'H1'),"
               "('C', NULL, NULL, ' ', NULL, NULL, NULL, NULL, '1', '2023-01-03', '1', " ROW(2, 2) ", 'H1')");
  world_sql(w, "INSERT INTO ods.l VALUES ('X', '1', 'K80', " ROW(5, 1) ", 'H1'), ('X', '2', 'K81', " ROW(5, 2) ", 'H1'), ('X', '1', 'K80.1', " ROW(6, 1) ", 'H1'),"
               "('Y', '1', 'I10', " ROW(5, 3) ", 'H1'), ('Y', '0', 'test', " ROW(6, 2) ", 'H1')");
  run(w, "dwd.diagnosis", "in 9 expanded 2 out 6 filtered 2 merged 3 nonconforming 0 unmapped 1");
  world_expect(w, "SELECT case_no, seq, code, on_admission, day, _row >> 31, _part FROM store.t1 ORDER BY case_no, seq",
               "A|1|I21|1|2023-01-02|1|1\nA|2|I10|4|2023-01-02|1|2\nA|4|E11|~|2023-01-02|1|4\nB|1|J18|1|2023-01-03|2|1\nX|1|K80.1|~|~|6|1\nY|1|I10|~|~|5|1\n");
  world_expect(w, "SELECT column_name, mapping, local_code, rows FROM store.t1__unmapped", "on_admission|a.v|7|1\n");
}

static void a_lookup_brings_columns_of_the_newest_row(void **state) {
  world *w = *state;
  world_file(w, "t.yaml", "table: dwd.v\ntitle: t\nkey: [no]\ncolumns:\n  - {name: no, type: string}\n  - {name: name, type: string}\n  - {name: file, type: string}\n");
  world_file(w, "s.yaml", "source: a\ntitle: a\ntables:\n  - {table: ods.v, files: v.csv, columns: [NO, {name: BRID, type: int}, file]}\n"
                          "  - {table: ods.p, files: p.csv, order: GX, columns: [BRID, XM, GX, file]}\n");
  world_file(w, "m.yaml", "mapping: a.v\ninto: dwd.v\nsource: a\nfrom: ods.v\nlookups: {p: {table: ods.p, on: {BRID: BRID}, where: \"file <> 'x'\"}}\n"
                          "columns: {no: NO, name: p.XM, file: {expr: \"file || coalesce(p.file, '') -- a remark\"}}\n");
  world_load(w);
  world_sql(w, "CREATE TABLE ods.v (NO VARCHAR, BRID BIGINT, file VARCHAR, _row BIGINT, _org VARCHAR);"
               "CREATE TABLE ods.p (BRID VARCHAR, XM VARCHAR, GX VARCHAR, file VARCHAR, _row BIGINT, _org VARCHAR);"
               "INSERT INTO ods.v VALUES ('1', 7, 'v', " ROW(1, 1) ", 'H1'), ('2', 8, 'v', " ROW(1, 2) ", 'H1'), ('3', 7, 'v', " ROW(1, 3) ", 'H2');"
               "INSERT INTO ods.p VALUES ('7', 'old', '1', 'p', " ROW(2, 1) ", 'H1'), ('7', 'new', '2', 'p', " ROW(2, 2) ", 'H1'), ('7', 'left out', '3', 'x', " ROW(2, 3) ", 'H1')");
  run(w, "dwd.v", "in 3 expanded 0 out 3 filtered 0 merged 0 nonconforming 0 unmapped 0");
  world_expect(w, "SELECT no, name, file FROM store.t1 ORDER BY no", "1|new|vp\n2|~|v\n3|~|v\n");
}

static void many_codes_go_through_a_join_and_dates_choose(void **state) {
  world *w = *state;
  SW_AUTO(sw_buf) csv = SW_BUF_INIT;
  SW_AUTO(sw_buf) set = SW_BUF_INIT;
  sw_buf_puts(&csv, "from,to,org,since,until\n");
  sw_buf_puts(&set, "code,zh\n");
  for (int i = 0; i < 3000; i++) {
    sw_buf_printf(&csv, "L%d,N%d,,,\n", i, i);
    sw_buf_printf(&set, "N%d,x\n", i);
  }
  for (int i = 0; i < 60; i++) sw_buf_printf(&csv, "L%d,N%d,H2,,\n", i, i + 1);
  sw_buf_puts(&csv, "D,N1,,,2022-12-31\nD,N2,,2023-01-01,\n");
  world_file(w, "codes.csv", csv.ptr);
  world_file(w, "set.csv", set.ptr);
  world_file(w, "v.yaml", "value_set: V\ntitle: v\nfile: set.csv\n");
  world_file(w, "t.yaml", "table: dwd.t\ntitle: t\nkey: [no]\ncolumns:\n  - {name: no, type: string}\n  - {name: code, value_set: V}\n");
  world_file(w, "s.yaml", "source: a\ntitle: a\ntables:\n  - {table: ods.t, files: v.csv, columns: [NO, DM, {name: RQ, type: date}]}\n");
  world_file(w, "m.yaml", "- {mapping: a.c, value_set: V, file: codes.csv, identity: true}\n"
                          "- {mapping: a.t, into: dwd.t, source: a, from: ods.t, columns: {no: NO, code: {from: DM, codes: a.c, codes_date: RQ}}}\n");
  world_load(w);
  world_sql(w, "CREATE TABLE ods.t (NO VARCHAR, DM VARCHAR, RQ DATE, _row BIGINT, _org VARCHAR);"
               "INSERT INTO ods.t VALUES ('1', 'L5', '2023-01-01', 1, 'H1'), ('2', 'L5', '2023-01-01', 2, 'H2'), ('3', 'N2999', NULL, 3, 'H1'), ('4', 'D', '2022-05-01', 4, 'H1'),"
               "('5', 'D', '2023-05-01', 5, 'H1'), ('6', 'D', NULL, 6, 'H1'), ('7', NULL, NULL, 7, 'H1')");
  run(w, "dwd.t", "in 7 expanded 0 out 7 filtered 0 merged 0 nonconforming 0 unmapped 1");
  world_expect(w, "SELECT no, code FROM store.t1 ORDER BY no", "1|N5\n2|N6\n3|N2999\n4|N1\n5|N2\n6|~\n7|~\n");
}

static void several_mappings_fill_one_table(void **state) {
  world *w = *state;
  world_file(w, "t.yaml", "table: dwd.t\ntitle: t\ncolumns:\n  - {name: no, type: string}\n  - {name: kind, type: string}\n");
  world_file(w, "s.yaml", "source: a\ntitle: a\ntables:\n  - {table: ods.x, files: v.csv, columns: [A, B]}\n  - {table: ods.y, files: v.csv, columns: [C]}\n");
  world_file(w, "m.yaml", "- {mapping: m1, into: dwd.t, from: ods.x, where: A IS NOT NULL, columns: {no: A, kind: {const: a}}}\n"
                          "- {mapping: m2, into: dwd.t, from: ods.x, where: B IS NOT NULL, columns: {no: B, kind: {const: b}}}\n"
                          "- {mapping: m3, into: dwd.t, from: ods.y, columns: {no: C}}\n");
  world_load(w);
  world_sql(w, "CREATE TABLE ods.x (A VARCHAR, B VARCHAR, _row BIGINT, _org VARCHAR); CREATE TABLE ods.y (C VARCHAR, _row BIGINT, _org VARCHAR);"
               "INSERT INTO ods.x VALUES ('1', '2', 1, 'H'), ('3', NULL, 2, 'H'); INSERT INTO ods.y VALUES ('4', " ROW(1, 1) ", 'H')");
  run(w, "dwd.t", "in 5 expanded 0 out 4 filtered 1 merged 0 nonconforming 0 unmapped 0");
  world_expect(w, "SELECT no, kind, _part FROM store.t1 ORDER BY no", "1|a|1\n2|b|2\n3|a|1\n4|~|1\n");
}

static void a_where_that_fails_drops_everything_and_says_so(void **state) {
  world *w = *state;
  patients(w, "", "  where: \"CAST(XM AS INTEGER) = 1\"\n");
  world_sql(w, "INSERT INTO ods.p (BRID, XM, _row, _org) VALUES ('1', 'x', " ROW(1, 1) ", 'H1')");
  sw_error err = SW_ERROR_INIT;
  sw_standardise_counts n;
  assert_int_not_equal(sw_standardise(w->conn, w->set, sw_pack_table(w->set, SW_LIT("dwd.patient")), &(sw_standardise_options){.physical = "t1"}, &n, &err), SW_OK);
  assert_true(err.nframes > 0);
  world_expect(w, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'store'", "0\n");
}

static void rows_numbered_twice_do_not_balance(void **state) {
  world *w = *state;
  patients(w, "", "");
  world_sql(w, "INSERT INTO ods.p (BRID, _row, _org) VALUES ('1', 1, 'H1'), ('2', 1, 'H1')");
  sw_error err = SW_ERROR_INIT;
  sw_standardise_counts n;
  assert_int_equal(sw_standardise(w->conn, w->set, sw_pack_table(w->set, SW_LIT("dwd.patient")), &(sw_standardise_options){.physical = "t1"}, &n, &err), SW_E_BALANCE);
  assert_string_equal(err.msg[SW_LANG_EN], "rows of mapping a.p do not balance: rows of the input are repeated (does a join multiply them?), by 1 rows");
}

static void publishing_replaces_only_the_tables_own_lists(void **state) {
  world *w = *state;
  patients(w, "", "");
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_standardise_prepare(w->conn, &err), SW_OK);
  world_sql(w, "INSERT INTO meta.unmapped VALUES ('dwd.other', 'c', 'm', 's', 'H', 'x', 1), ('dwd.patient', 'c', 'm', 's', 'H', 'old', 1);"
               "INSERT INTO ods.p (BRID, XB, CS, _row, _org) VALUES ('1', '?', 'x', 1, 'H1')");
  run(w, "dwd.patient", "in 1 expanded 0 out 1 filtered 0 merged 0 nonconforming 1 unmapped 1");
  sw_standardise_lists lists = {.table = "dwd.patient", .physical = "t1"};
  assert_int_equal(sw_transaction(w->conn, sw_standardise_publish, &lists, &err), SW_OK);
  world_expect(w, "SELECT table_name, local_code FROM meta.unmapped ORDER BY 1", "dwd.other|x\ndwd.patient|?\n");
  world_expect(w, "SELECT column_name, value FROM meta.nonconforming", "visits|x\n");
  world_expect(w, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'store'", "1\n");
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
  const struct CMUnitTest tests[] = {
      T(values_are_converted_and_what_cannot_be_is_listed),
      T(the_newest_version_of_a_record_stays),
      T(a_deleted_record_goes_with_its_versions),
      T(a_full_delivery_replaces_the_institutions_earlier_ones),
      T(an_empty_delivery_makes_an_empty_table),
      T(money_is_never_replaced_so_that_reversals_net_out),
      T(a_line_delivered_twice_counts_once_but_equal_lines_of_one_delivery_stay),
      T(repeated_column_groups_become_rows),
      T(a_lookup_brings_columns_of_the_newest_row),
      T(many_codes_go_through_a_join_and_dates_choose),
      T(several_mappings_fill_one_table),
      T(a_where_that_fails_drops_everything_and_says_so),
      T(rows_numbered_twice_do_not_balance),
      T(publishing_replaces_only_the_tables_own_lists),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
