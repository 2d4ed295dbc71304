#!/bin/sh
# Fuzzes one target: fuzz/run.sh NAME [SECONDS]. Without a name, each target in turn.
# What it finds new goes to build/fuzz/found/NAME (merge it into fuzz/corpus/NAME by hand, with
# `fuzz/run.sh --merge NAME`); a crashing input to build/fuzz/crash/NAME-*.
set -eu
cd "$(dirname "$0")/.."
merge=
if [ "${1:-}" = --merge ]; then merge=yes; shift; fi
name=${1:-}
seconds=${2:-60}

CC=clang tools/build.sh build/fuzz --buildtype=debug -Doptimization=1 -Dfuzz=true \
    -Db_sanitize=address,undefined -Db_lundef=false -Db_pie=false -Dc_args=-fsanitize=fuzzer-no-link

names=${name:-$(sed -n "s/^  '\([a-z0-9_]*\)',\$/\1/p" fuzz/meson.build)}
[ -n "$names" ] || { echo "fuzz: no targets"; exit 0; }
for each in $names; do
    program=build/fuzz/fuzz/fuzz_$each
    [ -x "$program" ] || { echo "fuzz: no target '$each' in fuzz/meson.build" >&2; exit 2; }
    mkdir -p "build/fuzz/found/$each" build/fuzz/crash "fuzz/corpus/$each"
    if [ -n "$merge" ]; then
        "$program" -merge=1 "fuzz/corpus/$each" "build/fuzz/found/$each"
        continue
    fi
    words=
    [ -f "fuzz/dict/$each.dict" ] && words="-dict=fuzz/dict/$each.dict"
    echo "fuzz: $each for $seconds s"
    # Leaves stderr alone: libFuzzer tells there how it goes.
    "$program" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/crash/$each-" $words \
        "build/fuzz/found/$each" "fuzz/corpus/$each"
    echo "fuzz: $each clean"
done
