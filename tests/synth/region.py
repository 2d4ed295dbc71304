"""Reads a synthetic region's deliveries by its document alone (docs/synthetic-region.md), apart from the generator's code."""
import csv
import datetime
import gzip
import io
import pathlib
import re
import struct
import subprocess
import zipfile
from xml.etree import ElementTree

EPOCH = datetime.date(1840, 12, 31)
SETL = ("setlinfo", "diseinfo", "oprninfo", "iteminfo", "icuinfo", "payinfo")
PROFILES = [("a", "gb18030", "wide", False), ("b", "utf-16", "long", False), ("c", "utf-8", "long", False),
            ("b", "utf-16", "hqms", False), ("c", "gb18030", "xlsx", False), ("a", "gb18030", "wide", True)]


class Table:
    """A table of the document: its names, and its columns as dicts."""

    def __init__(self, name):
        self.name, self.columns, self.a, self.c = name, [], None, None


def read_document(path):
    tables, table, head = {}, None, None
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("#### "):
            name = line[5:].split(":")[0].strip()
            table, head = Table(name) if re.fullmatch(r"[a-z_]+", name) else None, None
            if table:
                tables[name] = table
        elif table and line.startswith("files: "):
            for vendor, name in re.findall(r"(甲 a|丙 c) `([A-Za-z]+)[_.]", line):
                setattr(table, vendor[-1], name)
        elif table and line.startswith("| "):
            cells = [c.strip() for c in line.strip("|").split("|")]
            if head is None:
                head = cells
            elif not set(line) <= set("|- "):
                table.columns.append(dict(zip(head, cells)))
        elif line.startswith("#"):
            table = None
    return tables


def profile(org):
    return PROFILES[(int(org[2:]) - 1) % len(PROFILES)]


class Record:
    __slots__ = ("file", "line", "values", "raw")

    def __init__(self, file, line, values, raw=None):
        self.file, self.line, self.values, self.raw = file, line, values, raw

    def __getitem__(self, name):
        return self.values[name]


def decode_lines(data, encoding):
    """(line number, text or None when the bytes are not valid), by physical line."""
    if encoding == "utf-16":
        assert data[:2] == b"\xff\xfe", "no BOM"
        body, out, start = data[2:], [], 0
        while start < len(body):
            end = start
            while True:
                end = body.find(b"\n\x00", end)
                if end < 0 or end % 2 == start % 2:
                    break
                end += 1
            stop = len(body) if end < 0 else end
            out.append(body[start:stop])
            start = stop + 2 if end >= 0 else len(body)
        codec = "utf-16-le"
    else:
        out, codec = data.split(b"\n"), encoding
        if out and not out[-1]:
            out.pop()
    for i, raw in enumerate(out):
        try:
            yield i + 1, raw.decode(codec).rstrip("\r")
        except UnicodeDecodeError:
            yield i + 1, None


def split_quoted(lines):
    """Records of a quoted CSV: (line, fields or None, raw). A quote that never closes gives None for its line."""
    i = 0
    while i < len(lines):
        no, text = lines[i]
        if text is None:
            yield no, None, ""
            i += 1
            continue
        joined, j = text, i
        while joined.count('"') % 2 and j + 1 < len(lines) and j - i < 40 and lines[j + 1][1] is not None:
            j += 1
            joined += "\n" + lines[j][1]
        if joined.count('"') % 2 or re.search(r'"[^",\n]', joined.replace('""', "")) and j > i and not closes_well(joined):
            yield no, None, text
            i += 1
            continue
        yield no, next(csv.reader(io.StringIO(joined))), joined
        i = j + 1


def closes_well(text):
    try:
        next(csv.reader(io.StringIO(text), strict=True))
        return True
    except csv.Error:
        return False


def read_bytes(path):
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", str(path)], check=True, stdout=subprocess.PIPE).stdout
    return path.read_bytes()


def read_text(path, rel, encoding, delimiter, quoted, null):
    lines = list(decode_lines(read_bytes(path), encoding))
    header = lines[0][1].split(delimiter)
    source = split_quoted(lines[1:]) if quoted else ((n, None if t is None else t.split(delimiter), t or "") for n, t in lines[1:])
    for no, fields, raw in source:
        if fields is not None and fields[:2] == header[:2]:
            continue  # a repeated header
        if fields is not None and fields[0] == "合计":
            yield Record(rel, no, {"合计": [f for f in fields[1:] if f]}, raw)
            continue
        if fields is None or len(fields) != len(header):
            yield Record(rel, no, None, raw)
            continue
        yield Record(rel, no, {h: "" if null and f == "NULL" else f for h, f in zip(header, fields)}, raw)


def read_dbf(path, rel):
    data = path.read_bytes()
    count, size, width = struct.unpack("<IHH", data[4:12])
    fields, at = [], 32
    while data[at] != 0x0D:
        name = data[at:at + 11].split(b"\0")[0].decode("ascii")
        fields.append((name, data[at + 16]))
        at += 32
    for i in range(count):
        record, pos, values = data[size + i * width:size + (i + 1) * width], 1, {}
        for name, n in fields:
            values[name] = record[pos:pos + n].decode("gb18030").strip()
            pos += n
        yield Record(rel, i + 1, values)


def read_xlsx(path, rel):
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as z:
        assert z.testzip() is None
        root = ElementTree.fromstring(z.read("xl/worksheets/sheet1.xml"))
    header = None
    for i, row in enumerate(root.iter(space + "row")):
        cells = {}
        for c in row:
            letters = re.match("[A-Z]+", c.get("r")).group()
            column = 0
            for x in letters:
                column = column * 26 + ord(x) - 64
            v, t = c.find(space + "v"), c.find(f"{space}is/{space}t")
            cells[column - 1] = (v if v is not None else t).text or ""
        if header is None:
            header = cells
            continue
        if cells.get(0) == "合计":
            continue
        yield Record(rel, i, {name: cells.get(k, "") for k, name in header.items()})


def read_file(root, rel):
    """All records of one delivered file; values None when the record is broken."""
    path, (org, _, name) = root / "deliveries" / rel, rel.split("/")
    vendor, encoding, front, dbf = profile(org)
    if name.upper().endswith(".DBF"):
        return read_dbf(path, rel)
    if name.endswith(".xlsx"):
        return read_xlsx(path, rel)
    if name.split("_")[0] in SETL or name.startswith("HQMS_") or name == "MANIFEST.csv":
        return read_text(path, rel, "utf-8", ",", True, False)
    return read_text(path, rel, encoding, {"a": ",", "b": "\t", "c": "^"}[vendor], vendor == "a", vendor == "b")


def table_of(tables, org, name):
    vendor, _, front, _ = profile(org)
    if name.endswith(".xlsx") or name.startswith("HQMS_"):
        return "admission"
    if name.endswith(".DBF"):
        return "settlement"
    if name == "MANIFEST.csv":
        return None
    stem = name.split("_2")[0] if vendor == "a" or name.split("_")[0] in SETL else name
    for t in tables.values():
        if t.name in SETL and stem == t.name:
            return t.name
        if t.name in SETL:
            continue
        if (vendor == "a" and stem == t.a) or (vendor == "b" and name.startswith(f"dbo.{t.name}_2")) or \
                (vendor == "c" and name.startswith(t.c + ".")):
            return t.name
    raise AssertionError(f"no table for {org}/{name}")


def to_logical(tables, org, table, values):
    """Values under the names of b; wide front pages keep their lists under the delivered names."""
    vendor, _, front, _ = profile(org)
    if table in SETL or vendor == "b" and not (table == "admission" and front == "hqms"):
        return values
    out = dict(values)
    for c in tables[table].columns:
        if table == "admission" and front == "hqms":
            source = c["HQMS"] if c["HQMS"] != "-" else "X_" + c["b"].upper()
        elif table == "admission" and front == "xlsx":
            source = c["XLSX"]
        else:
            source = c[vendor]
        out[c["b"]] = values.get(source, "")
    return out


def parse_date(org, table, text):
    """A date or time in the form of the file, as datetime; None when empty."""
    if not text:
        return None
    vendor, _, front, dbf = profile(org)
    iso = table in SETL or (table == "admission" and front in ("hqms", "xlsx")) or (table == "settlement" and dbf)
    if not iso and vendor == "c":
        day, _, second = text.partition(",")
        return datetime.datetime.combine(EPOCH, datetime.time()) + datetime.timedelta(days=int(day), seconds=int(second or 0))
    text = text.replace("/", "-")
    date, _, time = text.partition(" ")
    y, m, d = (int(x) for x in date.split("-"))
    hms = [int(float(x)) for x in time.split(":")] if time else [0, 0, 0]
    return datetime.datetime(y, m, d, *hms)


def fen(text):
    if not text:
        return 0
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, part = digits.partition(".")
    return sign * (int(whole or 0) * 100 + int((part + "00")[:2]))
