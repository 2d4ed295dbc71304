#!/bin/sh
# The main job, from nothing: a synthetic region, its deliveries, the hospital flow, and what came out.
# Leaves its workspace in build/demo (the deliveries and their truth beside it, in build/demo-region).
set -eu
cd "$(dirname "$0")/.."
suwen=build/suwen
region=build/demo-region
workspace=build/demo
[ -x "$suwen" ] || { echo "demo: there is no $suwen" >&2; exit 1; }

rm -rf "$region" "$workspace"
"$suwen" synth --out "$region"
"$suwen" init "$workspace" --pack hospital
"$suwen" run hospital-daily -C "$workspace" --source "$region/deliveries"
"$suwen" rows latest -C "$workspace"
"$suwen" report --html "$workspace/report.html" -C "$workspace"
cat <<EOF2

workspace   $workspace
report      $workspace/report.html
deliveries  $region/deliveries (as institutions send them)
truth       $region/truth (what was put in, to compare with)
query       $suwen query -C $workspace "SELECT count(*) FROM dwd.admission"
EOF2
