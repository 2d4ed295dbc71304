#!/bin/sh
# docs/packs.md and docs/packs.zh.md say what the program reads: they are what `suwen pack docs` prints.
[ -x "${SW_SUWEN:-}" ] || { echo "# the program is not built"; exit 77; }
bad=0
for lang in en zh; do
    case $lang in en) file=docs/packs.md ;; *) file=docs/packs.zh.md ;; esac
    "$SW_SUWEN" --lang "$lang" pack docs | diff -u "$SW_SOURCE_ROOT/$file" - | head -40 > "${TMPDIR:-/tmp}/sw_docs_$$"
    if [ -s "${TMPDIR:-/tmp}/sw_docs_$$" ]; then
        cat "${TMPDIR:-/tmp}/sw_docs_$$"
        echo "# $file is not current; run: make docs"
        bad=1
    fi
    rm -f "${TMPDIR:-/tmp}/sw_docs_$$"
done
exit $bad
