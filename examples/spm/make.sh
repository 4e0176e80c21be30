#!/bin/sh
# make.sh INSULA DIR: makes the two DCM.mat files of this example.
#
# INSULA is the program. Data are simulated from forward.yaml, and both models of them are written
# as SPM writes a model before it estimates it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
insula=$1 out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/*.yaml "$work"
cat >"$work/experiment.yaml" <<'YAML'
insula: experiment/1
name: twin
dataset: recipe.yaml
hypotheses: [forward.yaml, backward.yaml]
baselines: []
inference: {compatibility: spm}
validation: none
seed: 1
YAML
"$insula" export spm "$work/experiment.yaml" --out "$out" >"$work/log"
