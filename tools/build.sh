#!/bin/sh
# tools/build.sh DIR [MESON-OPTION...]: configures DIR, or changes its options, and builds it.
# Quiet unless something fails; then everything that was said.
set -eu
cd "$(dirname "$0")/.."
dir=$1
shift
mkdir -p "$dir"
# Two gates may want the same build at once.
exec 9>"$dir/build.lock"
flock 9
log=$dir/build.log
: >"$log"
fail() { # without what went well
    grep -Ev '(found|link arguments .*|arguments .*): YES|^\[[0-9/]+\]|^$' "$log"
    exit 1
}
if [ ! -f "$dir/build.ninja" ]; then
    meson setup "$@" "$dir" >>"$log" 2>&1 || fail
elif [ $# -gt 0 ] && [ "$*" != "$(cat "$dir/build.options" 2>/dev/null)" ]; then
    meson configure "$dir" "$@" >>"$log" 2>&1 || fail
fi
echo "$*" >"$dir/build.options"
[ -t 1 ] && echo "building $dir" || true
ninja -C "$dir" >>"$log" 2>&1 || fail
