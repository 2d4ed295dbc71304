#!/bin/sh
# Builds and runs the benches (all, or the one named), prints a table and writes build/bench.json.
set -eu
cd "$(dirname "$0")/.."
tools/build.sh build -Dbenches=true
exec python3 bench/run.py "$@"
