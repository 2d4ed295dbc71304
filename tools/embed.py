#!/usr/bin/env python3
"""Turns text files into one C source of string constants: embed.py OUT.c HEADER NAME=FILE …

Long literals are split so that every compiler takes them; bytes outside ASCII are written as octal escapes."""
import sys


def literal(data: bytes) -> str:
    lines = []
    for at in range(0, len(data), 100):
        part = data[at:at + 100]
        text = ''.join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else '\\%03o' % b for b in part)
        lines.append('  "%s"' % text)
    return '\n'.join(lines) or '  ""'


def main() -> int:
    out, header, pairs = sys.argv[1], sys.argv[2], [a.split('=', 1) for a in sys.argv[3:]]
    with open(out, 'w', encoding='ascii') as f:
        f.write('/* Made by tools/embed.py from the files beside the sources. */\n#include "%s"\n' % header)
        for name, path in pairs:
            with open(path, 'rb') as src:
                f.write('const char %s[] =\n%s;\n' % (name, literal(src.read())))
    return 0


if __name__ == '__main__':
    sys.exit(main())
