#!/usr/bin/env bash
# Convert, list, verify, extract, check, predict: the small base of this folder on pictures drawn here.
set -euo pipefail
cd "$(dirname "$0")/.."
ZOO=$1
DEMO=$(dirname "$ZOO")/zoo-demo
OUT=demo-out
rm -rf "$OUT"
mkdir "$OUT"

step() { printf '\n$ %s\n' "${*/#$ZOO/zoo}"; "$@"; }

"$DEMO" pictures "$OUT/pictures"
step "$ZOO" convert zoo/demo_mobilenet_0.25_128.h5 --labels zoo/demo_labels.txt -o "$OUT/demo.zoo"
step "$ZOO" list 'mobilenet_0.25_*'
step "$ZOO" verify "$OUT/demo.zoo" zoo/demo_mobilenet_0.25_128.h5
step "$ZOO" extract "$OUT/demo.zoo" "$OUT/pictures" -o "$OUT/features.npz"
"$DEMO" neighbours "$OUT/features.npz"
step "$ZOO" predict "$OUT/demo.zoo" "$OUT/pictures/ring/1.bmp" "$OUT/pictures/cross/1.bmp" --top 3
printf '\nEverything is in %s.\n' "$OUT"
