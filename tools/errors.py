#!/usr/bin/env python3
"""Lists every error code of the program with its message: docs/errors.md. `--check` fails when the page is out of date.

A code stands for one kind of message; the same code may be set in several places only with the same English text."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / 'docs' / 'errors.md'
STRING = r'((?:"(?:[^"\\]|\\.)*"\s*(?:PRI[a-zA-Z0-9]+\s*)?)+)'
CALL = re.compile(r'"(SW-[A-Z]+-\d{4})",\s*' + STRING + r',\s*' + STRING, re.S)


def joined(literal):
    return ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal)).replace('\\"', '"').replace('\\n', ' ')


def readable(text):
    """printf places become …"""
    text = re.sub(r'%\.0s', '', text)
    text = re.sub(r'%(?:[-+ #0]*\d*(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[diouxXeEfgGcs])', '…', text).replace('%%', '%')
    return text.replace('|', '\\|')


def collect():
    codes = {}
    for path in sorted((ROOT / 'src').rglob('*.[ch]')):
        for code, zh, en in CALL.findall(path.read_text(encoding='utf-8')):
            codes.setdefault(code, {})[joined(en)] = joined(zh)
    return codes


def page(codes):
    lines = ['# Error codes', '', 'Made by `tools/errors.py` from the sources. Each error carries its code in brackets; … stands for a value.', '',
             '| code | 含义 | meaning |', '|---|---|---|']
    for code in sorted(codes):
        for en, zh in sorted(codes[code].items()):
            lines.append('| `%s` | %s | %s |' % (code, readable(zh), readable(en)))
    return '\n'.join(lines) + '\n'


def main():
    text = page(collect())
    if '--check' in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text(encoding='utf-8') != text:
            print('docs/errors.md is out of date: run tools/errors.py')
            return 1
        return 0
    PAGE.write_text(text, encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
