// SPDX-License-Identifier: Apache-2.0
// A channel's unit, from its recording to the page that a reader sees.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "framework/experiment/run.h"
#include "framework/report/html.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"

namespace insula::experiment {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Units, OfEveryChannelReachPredictionsAndTheReport) {
  const test::JointStudy study;
  Experiment e = study.load(
      "hypotheses: [truth.yaml]\nbaselines: [mean]\ninference: {pareto_draws: 0}\n"
      "validation: {split: blocks, folds: 2, gap: 10 s}\ncomparison: {bootstrap: 100}\n");
  for (dataset::Recording& recording : e.dataset.subjects[0].runs[0].recordings)
    if (recording.name == "pupil") recording.unit = "mm";
  const report::Results results = run(e, test::portable_kinds());
  report::write(results, study.folder.path("out"));
  report::write_html(study.folder.path("out"));
  std::map<std::string, std::string> unit;
  for (const report::PredictionBlock& block : report::read(study.folder.path("out")).predictions)
    if (block.model == "truth") unit[block.recording] = block.unit;
  EXPECT_EQ(unit["bold"], "%");
  EXPECT_EQ(unit["pupil"], "mm");
  const std::string page = text_of(study.folder.path("out/report.html"));
  EXPECT_NE(page.find("\"unit\":\"mm\""), std::string::npos);
  EXPECT_NE(page.find("\"unit\":\"%\""), std::string::npos);
}

}  // namespace
}  // namespace insula::experiment
