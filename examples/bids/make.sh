#!/bin/sh
# make.sh INSULA DIR: makes the dataset of this example, the same to the last byte each time.
#
# INSULA is the program. `insula simulate` makes what regions and the pupil did; this script writes
# it as pipelines would: intensities of two regions, which the head's movement disturbs, the
# realignment's parameters, and a pupil of 4 mm that was recorded from 2.4 s before the first volume
# on, with blinks.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
insula=$1 out=$2
twin=$(mktemp -d)
trap 'rm -rf "$twin"' EXIT
"$insula" simulate "$here/recipe.yaml" --out "$twin/data" >"$twin/log"

mkdir -p "$out"
cd "$out"
cat >dataset_description.json <<'JSON'
{"Name": "Moving dots", "BIDSVersion": "1.9.0", "License": "CC0", "Authors": ["insula simulate"]}
JSON
cat >participants.tsv <<'TSV'
participant_id	age	group
sub-01	31	control
sub-02	44	patient
TSV
echo '{"age": {"Units": "year"}}' >participants.json
echo '{"TaskName": "dots", "RepetitionTime": 2}' >task-dots_bold.json
cat >task-dots_recording-eye_physio.json <<'JSON'
{"SamplingFrequency": 5, "StartTime": -2.4, "Columns": ["trigger", "pupil_size"],
 "pupil_size": {"Units": "mm"}}
JSON
for pipeline in fmriprep parcels; do
  mkdir -p derivatives/$pipeline
  echo "{\"Name\": \"$pipeline\", \"BIDSVersion\": \"1.9.0\", \"DatasetType\": \"derivative\"}" \
    >derivatives/$pipeline/dataset_description.json
done

for sub in 01 02; do
  for run in 1 2; do
    name=sub-${sub}_task-dots_run-$run
    folder=sub-$sub/func
    mkdir -p $folder derivatives/fmriprep/$folder derivatives/parcels/$folder
    cut -f 1-3 "$twin/data/events.tsv" | sort -n -s -k 1,1 >$folder/${name}_events.tsv
    # The head sways, and jerks once.
    awk -v s=$sub -v r=$run 'BEGIN {
      OFS = "\t"
      split("trans_x trans_y trans_z rot_x rot_y rot_z", names, " ")
      for (k = 1; k <= 6; ++k) printf "%s\t", names[k]
      print "framewise_displacement"
      for (t = 0; t < 150; ++t) {
        moved = 0
        for (k = 1; k <= 6; ++k) {
          size = k <= 3 ? 0.04 : 0.0005
          x = size * (sin(0.9 * t * (1 + 0.31 * k) + s + 2 * r + k) + (t == 40 * s ? 6 : 0))
          moved += (k <= 3 ? 1 : 50) * (x > before[k] ? x - before[k] : before[k] - x)
          before[k] = x
          printf "%.5f\t", x
        }
        print t == 0 ? "n/a" : sprintf("%.5f", moved)
      }
    }' >derivatives/fmriprep/$folder/${name}_desc-confounds_timeseries.tsv
    paste "$twin/data/${sub}_${run}_bold.tsv" \
      derivatives/fmriprep/$folder/${name}_desc-confounds_timeseries.tsv |
      awk 'BEGIN { OFS = "\t" } NR == 1 { print $1, $2; next } {
        jerk = $9 + 0 > 0.5 && $9 != "n/a" ? 6 : 0
        printf "%.3f\t%.3f\n", 900 * (1 + ($1 + 20 * $3 + jerk) / 100),
               1100 * (1 + ($2 - 20 * $4 + jerk) / 100)
      }' >derivatives/parcels/$folder/${name}_seg-dots_stat-mean_timeseries.tsv
    awk 'BEGIN { for (k = 0; k < 12; ++k) print "0\t4.0000" } NR > 1 {
      blink = (NR % 97) < 2
      print ((NR - 2) % 10 == 0 ? 1 : 0) "\t" (blink ? "n/a" : sprintf("%.4f", 4 + 0.1 * $1))
    }' "$twin/data/${sub}_${run}_pupil.tsv" |
      gzip -n -9 >$folder/${name}_recording-eye_physio.tsv.gz
  done
done
