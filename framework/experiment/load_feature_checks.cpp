// SPDX-License-Identifier: Apache-2.0
// Does the dataset have the bands of features that hypotheses use, and enough of them to reduce?
#include <algorithm>

#include "framework/base/text.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/static_regions.h"

namespace insula::experiment::detail {
namespace {

using architecture::Band;
using architecture::Input;

std::vector<std::string> band_names(const dataset::Run& run) {
  std::vector<std::string> names;
  for (const dataset::FeatureBand& band : run.features) names.push_back(band.name);
  return names;
}

// At most one mistake a band of a hypothesis.
void check_band(const Experiment& e, const Input& input, Mistakes& mistakes) {
  const std::string is_band = "'" + input.name + "' is a band of features";
  for (const dataset::Subject& subject : e.dataset.subjects)
    for (const dataset::Run& run : subject.runs) {
      const std::string where = "run '" + subject.id + "/" + run.id + "'";
      const dataset::FeatureBand* band = run.feature_band(input.name);
      if (band == nullptr)
        mistakes.add(input.place,
                     is_band + ", which " + where + " has not",
                     band_names(run).empty() ? "the manifest names them: 'features'"
                                             : name_hint(input.name, band_names(run)));
      else if (is_static(run) && run.trial_table(band->at) == nullptr)
        mistakes.add(input.place,
                     is_band + ", which in " + where +
                         (band->is_by_sample() ? " has a row a sample" : " has a row an event") +
                         ", but that run has no time axis",
                     "the manifest says of which trials its rows are: 'at: trials'");
      else if (input.band->reduce == Band::Reduce::none &&
               band->values.columns() != input.band->columns)
        mistakes.add(input.place,
                     is_band + " with " + std::to_string(band->values.columns()) + " columns in " +
                         where + ", but 'columns' says " + std::to_string(input.band->columns),
                     "write 'columns: " + std::to_string(band->values.columns()) + "'");
      else if (input.band->columns > band->values.columns())
        mistakes.add(input.place,
                     is_band + " with " + std::to_string(band->values.columns()) +
                         " columns, fewer than " + std::to_string(input.band->columns) +
                         " components",
                     "take at most as many components as there are columns");
      else
        continue;
      return;
    }
}

// Directions that training rows do not span cannot be found in them.
void check_rank(const Experiment& e, const Input& input, Mistakes& mistakes) {
  if (input.band->reduce != Band::Reduce::pca) return;
  const bool is_shared = e.subjects != Subjects::separate;
  std::size_t folds = 0, shared = 0;
  for (const dataset::Subject& subject : e.dataset.subjects)
    folds = std::max(folds, folds_of(e, subject).size());
  for (std::size_t f = 0; f <= folds; ++f) {
    shared = 0;
    for (const dataset::Subject& subject : e.dataset.subjects) {
      const std::vector<evaluation::Fold> all = folds_of(e, subject);
      std::size_t rows = 0;
      for (std::size_t r = 0; r < subject.runs.size(); ++r)
        rows += training_rows(*subject.runs[r].feature_band(input.name),
                              subject.runs[r],
                              r,
                              f == 0 ? nullptr : &all[f - 1],
                              e.gap)
                    .size();
      shared += rows;
      const bool is_last = &subject == &e.dataset.subjects.back();
      const std::size_t known = is_shared ? shared : rows;
      if (known > input.band->columns || (is_shared && !is_last)) continue;
      mistakes.add(input.place,
                   "'" + input.name + "' is reduced to " + std::to_string(input.band->columns) +
                       " components, but " +
                       (f == 0 ? "all data" : "fold '" + all[f - 1].name + "'") + " of subject '" +
                       subject.id + "' trains on " + std::to_string(known) + " rows of it",
                   "take fewer components than there are rows");
      return;
    }
  }
}

}  // namespace

void check_features(const Experiment& e, Mistakes& mistakes) {
  for (const Hypothesis& h : e.hypotheses)
    for (const Input& input : h.architecture.inputs) {
      if (!input.band) continue;
      if (e.spm || scheme_of(e, h.architecture) != simulation::Scheme::accurate)
        mistakes.add(input.place,
                     "'" + input.name +
                         "' is a band of features, which SPM's treatment and "
                         "integrators do not know",
                     "remove 'compatibility' and 'integrator'");
      if (e.subjects == Subjects::hierarchical && !input.band->scale)
        mistakes.add(input.place,
                     "the scale of '" + input.name +
                         "' is learned, which subjects in a hierarchy cannot do: their spread is "
                         "the group's",
                     "write 'prior: {scale: 1}', or 'subjects: separate' or 'pooled'");
      check_band(e, input, mistakes);
    }
}

void check_rank_of_features(const Experiment& e, Mistakes& mistakes) {
  for (const Hypothesis& h : e.hypotheses)
    for (const Input& input : h.architecture.inputs)
      if (input.band) check_rank(e, input, mistakes);
}

}  // namespace insula::experiment::detail
