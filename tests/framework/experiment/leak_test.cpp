// SPDX-License-Identifier: Apache-2.0
// The worst bug we can have: a number fitted on a fold that held-out data can change.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "framework/evaluation/folds.h"
#include "framework/experiment/run.h"
#include "modules/catalogue.h"
#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment {
namespace {

// Samples of the first fold's test part and its gap get a marker that no fit could overlook.
Experiment marked(Experiment e, double marker) {
  const evaluation::Fold fold =
      evaluation::split_blocks({e.dataset.subjects[0].runs[0].duration}, e.folds)[0];
  dataset::Recording& r = e.dataset.subjects[0].runs[0].recordings[0];
  for (Eigen::Index c = 0; c < r.samples.cols(); ++c)
    for (Eigen::Index i = 0; i < r.samples.rows(); ++i)
      if (evaluation::part_of(fold, 0, r.time(i, c), e.gap) != evaluation::Part::train)
        r.samples(i, c) += marker;
  return e;
}

// Everything that was fitted on the first fold's training part.
std::string fitted_on_first_fold(const report::Results& results, const std::string& fold) {
  std::ostringstream text;
  text.precision(17);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits) {
      if (f.fold != fold) continue;
      text << m.name << ' ' << f.status << ' ' << f.iterations << ' ' << f.free_energy << ' '
           << f.gradient_norm;
      for (const double x : f.free_energy_by_iteration) text << ' ' << x;
      for (const auto& [channel, sd] : f.noise) text << ' ' << channel << ' ' << sd;
      for (const auto& [what, value] : f.tuned) text << ' ' << what << ' ' << value;
      text << '\n';
    }
  for (const report::PredictionBlock& b : results.predictions)
    for (Eigen::Index i = 0; i < b.fold.size(); ++i)
      if (b.fold[i] == 0)
        text << b.model << ' ' << b.held_out.row(i) << ' ' << b.held_out_sd.row(i) << '\n';
  return text.str();
}

TEST(Leakage, AMarkerInTheHeldOutPartChangesNoFittedNumberByABit) {
  const Catalogue kinds = catalogue();
  const Experiment e = test::small_experiment(kinds);
  const report::Results clean = run(e, kinds), spoilt = run(marked(e, 1e4), kinds);
  const std::string fold = clean.folds[0];
  EXPECT_EQ(fitted_on_first_fold(clean, fold), fitted_on_first_fold(spoilt, fold));
  // The test can fail: other folds train on the marker.
  EXPECT_NE(fitted_on_first_fold(clean, clean.folds[1]),
            fitted_on_first_fold(spoilt, clean.folds[1]));
}

TEST(Leakage, HeldOutSamplesMayBeMissingAltogether) {
  const Catalogue kinds = catalogue();
  const Experiment e = test::small_experiment(kinds);
  const report::Results clean = run(e, kinds), blank = run(marked(e, std::nan("")), kinds);
  EXPECT_EQ(fitted_on_first_fold(clean, clean.folds[0]),
            fitted_on_first_fold(blank, clean.folds[0]));
}

}  // namespace
}  // namespace insula::experiment
