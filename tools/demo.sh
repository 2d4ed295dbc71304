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
"$suwen" run hospital-daily -C "$workspace" --source "$region/deliveries" >/dev/null
"$suwen" report --html "$workspace/report.html" -C "$workspace"
echo
"$suwen" rows latest --summary -C "$workspace"
cat <<EOF2

  where to look
  report           $workspace/report.html
  every table      $suwen rows latest -C $workspace
  rejected records $suwen rejects -C $workspace
  a question       $suwen query -C $workspace "SELECT org_code, count(*) FROM dwd.admission GROUP BY 1"
  deliveries       $region/deliveries (as institutions send them)
  truth            $region/truth (what was put in, to compare with)
EOF2
