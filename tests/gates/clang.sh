#!/bin/sh
# Everything, tests and benches included, builds under clang without a warning.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
[ "${1:-}" != --root ] || root=$2
CC=clang exec "$root/tools/build.sh" build/clang --buildtype=debug -Dtests=true -Dbenches=true
