#!/bin/sh
# Makes the offline bundle build/dist/suwen-<version>-linux-<arch>.tar.gz: the program, the shared
# libraries that it needs beyond glibc, packs and documents. It unpacks and runs anywhere with a glibc
# not older than this machine's; nothing is installed and no environment variable is set.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n "s/^  version: '\(.*\)',\$/\1/p" meson.build)
name=suwen-$version-linux-$(uname -m)
out=build/dist
stage=$out/$name
say() { printf 'dist: %s\n' "$*"; }

tools/build.sh build
[ -x build/suwen ] || { say "there is no build/suwen yet" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$stage/bin" "$stage/lib" "$stage/licenses"

# `meson install` and not a copy: it takes the tree's RPATH out and puts the bundle's in.
DESTDIR=$(pwd)/$out/installed meson install -C build --no-rebuild --quiet
find "$out/installed" -type f -name suwen -exec cp {} "$stage/bin/suwen" \;
rm -rf "$out/installed"
strip --strip-debug "$stage/bin/suwen"

# glibc's own parts must be the machine's; everything else comes along.
glibc='^(linux-vdso|ld-linux.*|libc|libm|libdl|librt|libpthread|libresolv|libnsl|libutil|libanl)\.so'
LD_LIBRARY_PATH=$(pwd)/deps/duckdb/lib ldd "$stage/bin/suwen" | awk '$3 ~ /^\// { print $1, $3 }' |
    grep -Ev "$glibc" | while read -r soname path; do
    cp -L "$path" "$stage/lib/$soname"
    chmod 755 "$stage/lib/$soname"
    # Each library's licence, as its Debian package states it.
    real=$(realpath "$path") # dpkg knows it with or without /usr, as it was before the merge of the two
    package=$(dpkg-query -S "$real" "${real#/usr}" 2>/dev/null | head -n 1 | cut -d: -f1) || package=
    if [ -n "$package" ] && [ -f "/usr/share/doc/$package/copyright" ]; then
        cp -L "/usr/share/doc/$package/copyright" "$stage/licenses/$package.txt"
    fi
done
cp deps/duckdb/LICENSE "$stage/licenses/duckdb.txt"

for each in LICENSE NOTICE README.md README.zh.md packs docs; do
    [ ! -e "$each" ] || cp -r "$each" "$stage/"
done

# The same tree gives the same bytes.
when=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$when" -C "$out" -cf - "$name" |
    gzip -9n >"$out/$name.tar.gz"
say "$out/$name.tar.gz, $(du -h "$out/$name.tar.gz" | cut -f1)"
