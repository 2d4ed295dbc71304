"""Reads the deliveries of a synthetic region a second time, without anything of the program or its packs.

The layouts come from docs/synthetic-region.md. A record is a map from the names of column b to the text as delivered; cells
that do not read as their type make it broken. What a table should hold is worked out from the records: money rows once a key,
others in their latest version.
"""
import csv
import datetime
import decimal
import gzip
import hashlib
import io
import pathlib
import re
import struct
import subprocess
import xml.etree.ElementTree as xml
import zipfile

DAY0 = datetime.date(1840, 12, 31)
MONEY = {"fee_item", "settlement"}
KEYS = {"case_diagnosis": ["case_id", "seq"], "case_procedure": ["case_id", "seq"], "dict_item": ["dict_type", "code"],
        "daily_total": ["table_name", "biz_date"], "admission": ["case_id"], "diseinfo": ["setl_id", "seq"], "oprninfo": ["setl_id", "seq"],
        "iteminfo": ["setl_id", "med_chrgitm"], "icuinfo": ["setl_id", "seq"], "payinfo": ["setl_id", "fund_pay_type"],
        "setlinfo": ["setl_id"]}
WHOLE_CASES = {"case_diagnosis": ["case_id"], "case_procedure": ["case_id"], "diseinfo": ["setl_id"], "oprninfo": ["setl_id"],
               "iteminfo": ["setl_id"], "icuinfo": ["setl_id"], "payinfo": ["setl_id"]}
DATE = re.compile(r"(\d{4})([/-])(\d{1,2})\2(\d{1,2})(?: (\d{1,2}):(\d\d):(\d\d)(?:\.\d+)?)?$")


class Layouts:
    """Tables and columns of docs/synthetic-region.md."""

    def __init__(self, page):
        self.tables, current, heads = {}, None, None
        for line in page.read_text(encoding="utf-8").splitlines():
            title = re.match(r"#### (\w+): ", line)
            if title:
                current, heads = {"columns": [], "files": []}, None
                self.tables[title[1]] = current
            elif line.startswith("#"):
                current = None
            elif current is not None and line.startswith("files:"):
                current["files"] = re.findall(r"`([^`]*\*[^`]*)`", line)
                day = re.search(r"closing day: `(\w+)`", line)
                current["day"] = day[1] if day else None
            elif current is not None and line.startswith("|"):
                cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
                if cells[0] in ("b", "HQMS", "column"):
                    heads = cells
                elif heads and not cells[0].startswith("---"):
                    column = dict(zip(heads, cells))
                    column.setdefault("b", column.get("column"))
                    current["columns"].append(column)
        self.tables = {name: table for name, table in self.tables.items() if table["columns"]}

    def types(self, table):
        return {column["b"]: column["type"] for column in self.tables[table]["columns"]}

    def key(self, table):
        return KEYS.get(table) or [self.tables[table]["columns"][0]["b"]]


class Record:
    __slots__ = ("org", "delivery", "file", "number", "cells", "broken")

    def __init__(self, org, delivery, file, number, cells, broken):
        self.org, self.delivery, self.file, self.number, self.cells, self.broken = org, delivery, file, number, cells, broken


def read_value(kind, text, vendor):
    """The typed value of a cell; ValueError when it does not read."""
    if text == "":
        return None
    if kind == "int":
        return int(text)
    if kind in ("money", "num3", "num4"):
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text):
            raise ValueError(text)
        return decimal.Decimal(text)
    if kind in ("date", "time"):
        if vendor == "c":
            day, _, seconds = text.partition(",")
            base = datetime.datetime.combine(DAY0 + datetime.timedelta(days=int(day)), datetime.time())
            return base.date() if kind == "date" else base + datetime.timedelta(seconds=int(seconds or 0))
        found = DATE.match(text)
        if not found:
            raise ValueError(text)
        year, month, day = int(found[1]), int(found[3]), int(found[4])
        if kind == "date":
            return datetime.date(year, month, day)
        return datetime.datetime(year, month, day, int(found[5] or 0), int(found[6] or 0), int(found[7] or 0))
    return text


def comma_rows(data, encoding):
    text = data.decode(encoding, errors="surrogateescape")
    return csv.reader(io.StringIO(text, newline=""))


def plain_rows(data, encoding, delimiter):
    # what does not decode becomes a lone surrogate, and makes its record broken
    for line in re.split("\r?\n", data.decode(encoding, errors="surrogatepass" if encoding == "utf-16" else "surrogateescape")):
        if line:
            yield line.split(delimiter)


def dbf_rows(data):
    count, start, size = struct.unpack("<IHH", data[4:12])
    fields, at = [], 32
    while data[at] != 0x0D:
        fields.append((data[at:at + 11].split(b"\0")[0].decode("ascii"), data[at + 16]))
        at += 32
    yield [name for name, _ in fields]
    for i in range(count):
        row, at = [], start + i * size + 1
        for _, width in fields:
            row.append(data[at:at + width].decode("gb18030").strip())
            at += width
        yield row


def sheet_rows(data):
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    book = zipfile.ZipFile(io.BytesIO(data))
    shared = []
    if "xl/sharedStrings.xml" in book.namelist():
        for item in xml.fromstring(book.read("xl/sharedStrings.xml")):
            shared.append("".join(t.text or "" for t in item.iter(space + "t")))
    for row in xml.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(space + "row"):
        cells = []
        for cell in row.iter(space + "c"):
            letters = re.match("[A-Z]+", cell.get("r", "")) if cell.get("r") else None
            index = len(cells)
            if letters:
                index = 0
                for letter in letters[0]:
                    index = index * 26 + ord(letter) - 64
                index -= 1
            cells += [""] * (index - len(cells))
            kind, value = cell.get("t"), cell.find(space + "v")
            if kind == "inlineStr":
                cells.append("".join(t.text or "" for t in cell.iter(space + "t")))
            elif kind == "s":
                cells.append(shared[int(value.text)])
            else:
                cells.append(value.text if value is not None and value.text else "")
        yield cells


class Region:
    def __init__(self, deliveries, page):
        self.layouts = Layouts(page)
        self.records = {name: [] for name in self.layouts.tables}
        self.wide = []  # (record of the front page, its map of repeated columns, shape)
        self.files, self.contents = 0, set()
        for org in sorted(deliveries.iterdir()):
            for delivery in sorted(org.iterdir()):
                for file in sorted(delivery.iterdir()):
                    self.read(org.name, delivery.name, file)

    def place(self, file):
        """Table, vendor and file form by the file's name."""
        name = file.name
        if name == "MANIFEST.csv":
            return None
        if name.startswith("HQMS_"):
            return "admission", "HQMS", "csv"
        if name.endswith(".xlsx"):
            return "admission", "XLSX", "xlsx"
        if name.endswith(".DBF"):
            return "settlement", "dbf", "dbf"
        for table, layout in self.layouts.tables.items():
            for glob in layout["files"]:
                if file.match(glob.replace("*", "????????")):
                    vendor = "b" if glob.startswith("dbo.") else "c" if ".dat" in glob else "a" if glob[0].isupper() else "s"
                    return table, vendor, {"a": "csv", "s": "csv", "b": "tab", "c": "caret"}[vendor]
        raise AssertionError(f"no table delivers {name}")

    def read(self, org, delivery, file):
        found = self.place(file)
        if not found:
            return
        self.files += 1
        table, vendor, form = found
        data = file.read_bytes()
        content = (org, table, hashlib.sha256(data).hexdigest())
        if content in self.contents:  # the same content again is one batch
            return
        self.contents.add(content)
        if file.suffix == ".gz":
            data = gzip.decompress(data)
        elif file.suffix == ".zst":
            data = subprocess.run(["zstd", "-dcq", str(file)], check=True, stdout=subprocess.PIPE).stdout
        if form == "csv":
            rows = comma_rows(data, "gb18030" if vendor == "a" else "utf-8")
        elif form == "tab":
            rows = plain_rows(data, "utf-16", "\t")
        elif form == "caret":
            try:
                data.decode("utf-8")
                encoding = "utf-8"
            except UnicodeDecodeError:
                # a damaged byte does not make a file GB18030: whole UTF-8 lines outnumber others then
                good = sum(1 for line in data.split(b"\n") if valid_utf8(line) and any(byte > 127 for byte in line))
                bad = sum(1 for line in data.split(b"\n") if not valid_utf8(line))
                encoding = "utf-8" if good > bad else "gb18030"
            rows = plain_rows(data, encoding, "^")
        elif form == "dbf":
            rows = dbf_rows(data)
        else:
            rows = sheet_rows(data)
        self.take(org, delivery, file.name, table, vendor, iter(rows))

    def take(self, org, delivery, file, table, vendor, rows):
        heads = next(rows, None)
        if heads is None:
            return
        # what each delivered column is called in column b; X_ are the additions of the HQMS file
        side = {"s": "b", "dbf": "a"}.get(vendor, vendor)
        names = {column.get(side): column["b"] for column in self.layouts.tables[table]["columns"] if column.get(side, "-") != "-"}
        if vendor == "HQMS":
            names.update({"X_" + column["b"].upper(): column["b"] for column in self.layouts.tables[table]["columns"] if column["HQMS"] == "-"})
        types = self.layouts.types(table)
        number = 0
        for row in rows:
            if row == heads or (row and row[0] in ("合计", "总计")):
                continue
            number += 1
            if vendor == "XLSX":  # a sheet leaves out blank cells at the end of a row
                row = row + [""] * (len(heads) - len(row))
            cells, rest, broken = {}, {}, len(row) != len(heads)
            for head, text in zip(heads, row):
                text = "" if vendor == "b" and text == "NULL" else text
                name = names.get(head)
                if name is None:
                    rest[head] = text
                    continue
                try:
                    cells[name] = read_value(types[name], text, vendor)
                except (ValueError, OverflowError, decimal.InvalidOperation):
                    broken = True
                if any("\ud800" <= letter <= "\udfff" for letter in text):
                    broken = True
            record = Record(org, delivery, file, number, cells, broken)
            self.records[table].append(record)
            if rest:
                self.wide.append((record, rest, vendor))

    def latest(self, table):
        """What the standard table should hold: (org, key…) → record."""
        key, whole = self.layouts.key(table), WHOLE_CASES.get(table)
        good = [record for record in self.records[table] if not record.broken]
        if table in MONEY:
            kept = {}
            for record in good:
                kept.setdefault((record.org, *[record.cells.get(k) for k in key]), record)
            return kept

        def version(record):
            changed = record.cells.get("updated_at") or datetime.datetime.min
            return (changed, record.delivery, record.file, record.number)

        kept = {}
        if whole:  # the newest set of a case replaces the older
            newest = {}
            for record in good:
                case = (record.org, *[record.cells.get(k) for k in whole])
                newest[case] = max(newest.get(case, (datetime.datetime.min, "", "")), version(record)[:3])
            good = [r for r in good if version(r)[:3] == newest[(r.org, *[r.cells.get(k) for k in whole])]]
        for record in good:
            place = (record.org, *[record.cells.get(k) for k in key])
            if place not in kept or version(kept[place]) < version(record):
                kept[place] = record
        return kept


def valid_utf8(line):
    try:
        line.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def region(out, root):
    return Region(pathlib.Path(out) / "deliveries", pathlib.Path(root) / "docs" / "synthetic-region.md")
