// SPDX-License-Identifier: Apache-2.0
// Does the dataset have the bands of features that hypotheses use, and enough of them to reduce?
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

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

bool is_reduced(const Band& band) { return band.random > 0 || band.pca > 0; }

bool is_at_rest(const Band& band) {
  return !(band.resample > 0) && band.delays == std::vector<double>{0};
}

std::string resampled_text(const Band& band) {
  return band.resample > 0 ? "resampled every " + number_text(band.resample) + " s"
                           : "not resampled";
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
      else if (is_static(run) && !is_at_rest(*input.band))
        mistakes.add(input.place,
                     is_band + " that is resampled or delayed, but " + where + " has no time axis",
                     "remove 'resample' and 'delays'");
      else if (input.band->resample > 0 && !band->is_by_sample())
        mistakes.add(
            input.place,
            is_band + ", which in " + where + " has a row an event and cannot be resampled",
            "remove 'resample'");
      else if (input.band->resample > 0 && input.band->resample < band->interval)
        mistakes.add(input.place,
                     is_band + " with a row every " + number_text(band->interval) + " s in " +
                         where + ", and resampled every " + number_text(input.band->resample) +
                         " s would have more rows than are known",
                     "'resample' makes fewer rows: write a longer time, or remove it");
      else if (!is_reduced(*input.band) && band->values.columns() != input.band->columns)
        mistakes.add(input.place,
                     is_band + " with " + std::to_string(band->values.columns()) + " columns in " +
                         where + ", but 'columns' says " + std::to_string(input.band->columns),
                     "write 'columns: " + std::to_string(band->values.columns()) + "'");
      else if (std::max(input.band->columns, input.band->random) > band->values.columns())
        mistakes.add(
            input.place,
            is_band + " with " + std::to_string(band->values.columns()) + " columns, fewer than " +
                std::to_string(std::max(input.band->columns, input.band->random)) +
                (input.band->random > 0 ? " directions" : " components"),
            std::string("take at most as many ") +
                (input.band->random > 0 ? "directions" : "components") + " as there are columns");
      else
        continue;
      return;
    }
}

// Where hypotheses use a band alike its columns mean the same, for baselines too.
void check_alike(const Experiment& e, Mistakes& mistakes) {
  std::map<std::string, const Band*> resampled, projected;
  std::set<std::string> told;
  for (const Hypothesis& h : e.hypotheses)
    for (const Input& input : h.architecture.inputs) {
      if (!input.band || told.contains(input.name)) continue;
      const Band& one = *resampled.emplace(input.name, &*input.band).first->second;
      if (one.resample != input.band->resample) {
        mistakes.add(input.place,
                     "'" + input.name + "' is " + resampled_text(*input.band) +
                         ", but another hypothesis has it " + resampled_text(one),
                     "an experiment resamples a band in one way: write the same in all "
                     "architectures");
        told.insert(input.name);
      } else if (input.band->random > 0) {
        const Band& other = *projected.emplace(input.name, &*input.band).first->second;
        if (other.random == input.band->random) continue;
        mistakes.add(input.place,
                     "'" + input.name + "' is projected to " + std::to_string(input.band->random) +
                         " random directions, but in another hypothesis to " +
                         std::to_string(other.random),
                     "an experiment projects a band in one way: write the same in all "
                     "architectures");
        told.insert(input.name);
      }
    }
}

// A row of a file, however often it is shown.
using RowOfFile = std::tuple<std::string, std::string, std::size_t>;

void add_training_rows(const Experiment& e,
                       const Input& input,
                       const dataset::Subject& subject,
                       const evaluation::Fold* fold,
                       std::set<RowOfFile>& rows) {
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::FeatureBand& band = *subject.runs[r].feature_band(input.name);
    for (const std::size_t row : training_rows(*input.band, band, subject.runs[r], r, fold, e.gap))
      rows.emplace(band.path, band.array, row);
  }
}

// Directions that training rows do not span cannot be found in them.
void check_rank(const Experiment& e, const Input& input, Mistakes& mistakes) {
  const bool is_shared = e.subjects != Subjects::separate;
  std::size_t folds = 0;
  for (const dataset::Subject& subject : e.dataset.subjects)
    folds = std::max(folds, folds_of(e, subject).size());
  for (std::size_t f = 0; f <= folds; ++f) {
    std::set<RowOfFile> rows;
    for (const dataset::Subject& subject : e.dataset.subjects) {
      const std::vector<evaluation::Fold> all = folds_of(e, subject);
      if (!is_shared) rows.clear();
      add_training_rows(e, input, subject, f == 0 ? nullptr : &all[f - 1], rows);
      const bool is_last = &subject == &e.dataset.subjects.back();
      const std::size_t known = rows.size();
      if (known > input.band->pca || (is_shared && !is_last)) continue;
      const std::string trains = (f == 0 ? "all data" : "fold '" + all[f - 1].name + "'") +
                                 " of subject '" + subject.id + "' trains on ";
      if (input.band->pca > 0)
        mistakes.add(input.place,
                     "'" + input.name + "' is reduced to " + std::to_string(input.band->pca) +
                         " components, but " + trains + std::to_string(known) + " rows of it",
                     "take fewer components than there are rows");
      else
        mistakes.add(
            input.place,
            "'" + input.name + "' is standardised by training rows, but " + trains + "no row of it",
            input.band->resample > 0
                ? "a resampled row trains if all that it is made of does, three times "
                  "'resample' before and after its middle: write a shorter time"
                : "");
      return;
    }
  }
}

}  // namespace

void check_features(const Experiment& e, Mistakes& mistakes) {
  check_alike(e, mistakes);
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
