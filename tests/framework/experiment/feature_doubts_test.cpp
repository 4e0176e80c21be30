// SPDX-License-Identifier: Apache-2.0
// What is said of features and their weights: before a fit, that all are known; after it, how much
// the data say of each weight.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "framework/dataset/file.h"
#include "framework/experiment/run.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/framework/experiment/picture_experiment.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using test::kColumns;
using test::kFourBlocks;
using test::kPictures;
using test::load_pictures;
using test::pictures;
using test::random_features;
using test::write_band;
using test::write_pictures;

// The prior is what the scale makes of it: after the fit no weight is known less well than before.
TEST(FeaturesInAFit, AreHeldAgainstThePriorAtTheirLearnedScale) {
  const dataset::Folder folder;
  const Experiment e =
      pictures(folder, "reduce: {pca: 4}", "baselines: [mean]\ninference: {pareto_draws: 0}\n");
  const report::Results r = run(e, test::portable_kinds());
  double scale = 0;
  for (const report::ParameterRow& row : r.parameters)
    if (row.parameter == "clip -> A.scale") scale = row.estimate;
  ASSERT_GT(scale, 0);
  int weights = 0;
  for (const report::ParameterRow& row : r.parameters) {
    if (!row.parameter.starts_with("clip[")) continue;
    ++weights;
    EXPECT_LE(row.shrinkage, 1 + 1e-9) << row.parameter;
    EXPECT_EQ(row.doubts, "") << row.parameter;
    const auto& parameters = e.hypotheses[0].architecture.parameters;
    const auto weight =
        std::ranges::find(parameters, row.parameter, &architecture::Parameter::name);
    ASSERT_NE(weight, parameters.end()) << row.parameter;
    EXPECT_CLOSE(row.prior_sd, scale * weight->prior_sd, Tolerance::rounding(4));
  }
  EXPECT_EQ(weights, 4);
}

// As an array, which can hold what a table cannot.
TEST(FeaturesInAFit, MustBeKnownWhereverTheyAreShown) {
  const dataset::Folder folder;
  const MatrixXd x = random_features(1, kPictures, kColumns);
  write_pictures(folder, x);
  std::vector<double> numbers;
  std::string names = "name\n";
  for (Index i = 0; i < x.rows(); ++i) {
    names += "p" + std::to_string(i) + "\n";
    for (Index c = 0; c < x.cols(); ++c)
      numbers.push_back(i == 3 && c == 1 ? std::numeric_limits<double>::infinity() : x(i, c));
  }
  folder.write("names.tsv", names);
  folder.write("clip.npy",
               dataset::npy("<f8",
                            "(" + std::to_string(kPictures) + ", " + std::to_string(kColumns) + ")",
                            dataset::raw(numbers)));
  std::string manifest = dataset::read_bytes(folder.path("dataset.yaml"));
  const std::size_t begin = manifest.find("{file: clip.tsv"), end = manifest.find(" at: trials,");
  manifest.replace(begin, end - begin, "{file: clip.npy, names: {file: names.tsv, column: name},");
  folder.write("dataset.yaml", manifest);
  write_band(folder, "embedded", "reduce: {pca: 4}");
  const Experiment e =
      load_pictures(folder, "hypotheses: [embedded.yaml]\nbaselines: [mean]\n" + kFourBlocks);
  for (const bool is_asked_first : {true, false}) {
    try {
      if (is_asked_first)
        doubts(e);
      else
        run(e, test::portable_kinds());
      FAIL() << "no error";
    } catch (const InputError& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      const Mistake& mistake = error.mistakes().front();
      EXPECT_EQ(mistake.place.file, folder.path("dataset.yaml"));
      EXPECT_GT(mistake.place.line, 1);
      EXPECT_NE(mistake.message.find("row 3, column 1 (counted from 0)"), std::string::npos)
          << mistake.message;
    }
  }
}

}  // namespace
}  // namespace insula::experiment
