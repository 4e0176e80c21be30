// SPDX-License-Identifier: Apache-2.0
// A BIDS dataset of fMRI with physiology, two subjects with two sessions of two runs, in which
// every number tells where it belongs.
#pragma once

#include <cmath>
#include <sstream>
#include <string>

#include "tests/framework/command/program.h"
#include "tests/framework/dataset/bids_folder.h"
#include "tests/framework/dataset/bytes.h"

namespace insula::command::test {

inline Ended import_of(const dataset::BidsTree& tree, const std::string& options) {
  return run_program("import bids ds " + options + " --out study", tree.folder().path(""));
}

// A number that tells subject, session, run, region and sample.
inline double bold_of(int subject, int session, int run, int region, int sample) {
  return (1000 * subject + 100 * session + 10 * run + region) * std::sin(0.7 * sample + region);
}

inline std::string series_of(int subject, int session, int run, int samples) {
  std::ostringstream text;
  text.precision(17);
  text << "V1\tV5\n";
  for (int t = 0; t < samples; ++t)
    for (int region = 0; region < 2; ++region) {
      if (t == 3 && region == 1)
        text << "n/a\n";
      else
        text << bold_of(subject, session, run, region, t) << (region == 0 ? "\t" : "\n");
    }
  return text.str();
}

inline constexpr int kVolumes = 20;
inline constexpr const char* kConfoundNames = "trans_x\ttrans_y\ttrans_z\trot_x\trot_y\trot_z";

inline void write_fmri_run(const dataset::BidsTree& tree, int subject, int session, int run) {
  const std::string sub = "sub-0" + std::to_string(subject), ses = session == 1 ? "pre" : "post";
  const std::string folder = sub + "/ses-" + ses + "/func/";
  const std::string name = sub + "_ses-" + ses + "_task-dots_run-" + std::to_string(run);
  tree.write(folder + name + "_bold.nii.gz", "");
  tree.write(folder + name + "_events.tsv",
             "onset\tduration\ttrial_type\tresponse\tresponse_time\n"
             "1\t4\tgo\tleft\t0.5\n8\t0\tcue\tn/a\tn/a\n" +
                 std::to_string(10 + run) + "\t4\tgo\tright\t1.25\n25\t4\tno go\tn/a\tn/a\n");
  std::string physio;
  for (int k = 0; k < 450; ++k)
    physio += std::to_string(k % 7) + "\t" + (k == 100 ? "n/a" : std::to_string(k)) + "\n";
  tree.write(folder + name + "_physio.tsv.gz", dataset::gzipped(physio));
  const std::string xcpd = "derivatives/xcp_d/" + folder + name;
  tree.write(xcpd + "_space-MNI_seg-Tian_stat-mean_timeseries.tsv",
             series_of(subject, session, run, kVolumes));
  tree.write(xcpd + "_space-MNI_seg-Glasser_stat-mean_timeseries.tsv",
             series_of(subject, session, run, kVolumes));
  std::string confounds = std::string(kConfoundNames) + "\tframewise_displacement\n";
  for (int t = 0; t < kVolumes; ++t) {
    for (int k = 0; k < 6; ++k) confounds += std::to_string(((t + 1) * (k + 3)) % 11) + "\t";
    confounds += (t == 0 ? "n/a" : t == 7 ? "0.6" : "0.1") + std::string("\n");
  }
  tree.write("derivatives/fmriprep/" + folder + name + "_desc-confounds_timeseries.tsv", confounds);
}

inline dataset::BidsTree& with_fmri(dataset::BidsTree& tree) {
  for (const int subject : {1, 2})
    for (const int session : {1, 2})
      for (const int run : {1, 2}) write_fmri_run(tree, subject, session, run);
  tree.write("task-dots_bold.json", "{\"RepetitionTime\": 3, \"TaskName\": \"dots\"}");
  tree.write("sub-02/sub-02_task-dots_bold.json", "{\"RepetitionTime\": 2}");
  tree.write("task-dots_physio.json",
             "{\"SamplingFrequency\": 10, \"StartTime\": -1.5, \"Columns\": [\"trigger\", "
             "\"cardiac\"], \"cardiac\": {\"Units\": \"mV\"}}");
  tree.write("participants.tsv",
             "participant_id\tage\tsex\tsite\nsub-02\t40\tM\tA\nsub-01\t31\tF\tA\n"
             "sub-03\t25\tF\tA\n");
  tree.write("participants.json", "{\"age\": {\"Units\": \"year\"}}");
  return tree;
}

}  // namespace insula::command::test
