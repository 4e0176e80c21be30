// SPDX-License-Identifier: Apache-2.0
// What makes columns of bands, fitted to training rows, and kept.
#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <span>

#include "framework/dataset/file.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/regression/reduction.h"
#include "framework/schedule/archive.h"
#include "framework/schedule/store.h"

namespace insula::schedule {

template <>
struct Fields<regression::Reduction> {
  static void of(auto&& visit, auto& x) { visit(x.centre, x.scale, x.weights, x.explained_share); }
};

}  // namespace insula::schedule

namespace insula::experiment {
namespace {

using architecture::Band;
using Eigen::Index;
using Eigen::MatrixXd;

// The training rows of a band in one run.
struct TrainingPart {
  const dataset::FeatureBand* band = nullptr;
  std::vector<std::size_t> rows;
};

// Of one or all subjects, one below the other.
std::vector<TrainingPart> training_parts(const Experiment& e,
                                         const UsedBand& used,
                                         std::size_t subject,
                                         const std::vector<const evaluation::Fold*>& folds) {
  const bool is_shared = e.subjects != Subjects::separate;
  std::vector<TrainingPart> parts;
  for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s) {
    if (!is_shared && s != subject) continue;
    const std::vector<dataset::Run>& runs = e.dataset.subjects[s].runs;
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const dataset::FeatureBand& band = *runs[r].feature_band(used.name);
      parts.push_back({&band, training_rows(used.band, band, runs[r], r, folds[s], e.gap)});
    }
  }
  return parts;
}

// Rows first … end of all parts, which are read from their files now.
MatrixXd read_rows(const Band& used,
                   const std::vector<TrainingPart>& parts,
                   std::size_t first,
                   std::size_t end) {
  MatrixXd all(static_cast<Index>(end - first),
               static_cast<Index>(parts.front().band->values.columns()));
  std::size_t before = 0;
  for (const TrainingPart& part : parts) {
    const std::size_t low = std::clamp(first, before, before + part.rows.size()),
                      high = std::clamp(end, before, before + part.rows.size());
    if (low < high)
      all.middleRows(static_cast<Index>(low - first), static_cast<Index>(high - low)) =
          used_values(used, *part.band, std::span(part.rows).subspan(low - before, high - low));
    before += part.rows.size();
  }
  return all;
}

// Standardised, and projected or reduced, by training rows alone. These are not held in memory.
regression::Reduction fit(const Experiment& e,
                          const UsedBand& used,
                          const std::vector<TrainingPart>& parts) {
  std::size_t count = 0;
  for (const TrainingPart& part : parts) count += part.rows.size();
  std::vector<Index> all(count);
  std::iota(all.begin(), all.end(), Index{0});
  return regression::fit_reduction(
      {true,
       static_cast<Index>(used.band.random),
       static_cast<Index>(used.band.pca),
       e.seed,
       used.name},
      static_cast<Index>(parts.front().band->values.columns()),
      [&](std::span<const Index> rows) {  // always neighbours
        const auto first = static_cast<std::size_t>(rows.front());
        return read_rows(used.band, parts, first, first + rows.size());
      },
      all);
}

// Of all that the numbers depend on: another file, another row or another step is another key.
std::string key_of(const Experiment& e,
                   const UsedBand& used,
                   const std::vector<TrainingPart>& parts,
                   const std::string& program) {
  schedule::detail::Writer material;
  material.put(std::string("reduction"));
  material.put(program);
  material.put(used.name);
  material.put(e.seed);
  material.put(used.band.random);
  material.put(used.band.pca);
  material.put(used.band.resample);
  for (const TrainingPart& part : parts) {
    material.put(part.band->sha256);
    material.put(part.band->array);
    material.put(part.band->columns);
    material.put(part.band->interval);
    material.put(part.rows);
  }
  return dataset::sha256(material.bytes);
}

constexpr std::size_t kHashSize = 64;

// Whatever the disk has done to the bytes, nothing but what was kept is taken.
std::optional<regression::Reduction> found_in(const schedule::Store& store,
                                              const std::string& key) {
  const std::optional<std::string> kept = store.find(key);
  if (!kept || kept->size() < kHashSize) return std::nullopt;
  const std::string bytes = kept->substr(kHashSize);
  if (dataset::sha256(bytes) != kept->substr(0, kHashSize)) return std::nullopt;
  try {
    return schedule::from_bytes<regression::Reduction>(bytes);
  } catch (const schedule::Damaged&) {
    return std::nullopt;
  }
}

// Means, variances and random directions are found faster than they are read from a store, and are
// larger.
regression::Reduction fitted_or_found(const Experiment& e,
                                      const UsedBand& used,
                                      const std::vector<TrainingPart>& parts,
                                      const ReductionStore& kept) {
  if (kept.store == nullptr || used.band.pca == 0) return fit(e, used, parts);
  const std::string key = key_of(e, used, parts, kept.program);
  if (auto found = found_in(*kept.store, key)) return std::move(*found);
  const auto start = std::chrono::steady_clock::now();
  regression::Reduction fitted = fit(e, used, parts);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const std::string bytes = schedule::to_bytes(fitted);
  kept.store->keep({key, "components of '" + used.name + "'"},
                   {"fitted", "", seconds.count(), dataset::sha256(bytes) + bytes});
  return fitted;
}

}  // namespace

std::vector<regression::Reduction> fitted_reductions(
    const Experiment& e,
    std::size_t subject,
    const std::vector<const evaluation::Fold*>& folds,
    const ReductionStore& kept) {
  std::vector<regression::Reduction> reductions;
  for (const UsedBand& used : used_bands(e))
    reductions.push_back(fitted_or_found(e, used, training_parts(e, used, subject, folds), kept));
  return reductions;
}

}  // namespace insula::experiment
