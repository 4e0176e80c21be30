// SPDX-License-Identifier: Apache-2.0
// What was presented: series as inputs, pictures by their numbers as events, and what is told of
// stretches that are not to be used.
#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/dataset/detail/nwb.h"

namespace insula::dataset {

bool overlaps_any(const std::vector<std::pair<double, double>>& stretches, double from, double to) {
  return std::ranges::any_of(stretches, [&](const auto& stretch) {
    return from < stretch.second && (to > stretch.first || from >= stretch.first);
  });
}

namespace detail {
namespace {

constexpr const char* kIndexSeries = "IndexSeries";

// One table of moments, whose column tells which picture it was.
void add_pictures(NwbSession& session, const NwbSeries& series, const std::vector<double>& times) {
  NwbTable shown;
  shown.name = series.name;
  NwbColumn picture;
  picture.name = "picture";
  picture.is_text = true;
  for (Eigen::Index k = 0; k < series.table.rows(); ++k) {
    const double start = times[static_cast<std::size_t>(k)];
    shown.start.push_back(start);
    picture.texts.push_back("picture_" + number_text(series.table(k, 0)));
    session.note_moments(start, start);
  }
  shown.columns.push_back(std::move(picture));
  session.run.events.push_back(std::move(shown));
}

}  // namespace

void add_presented(NwbSession& session,
                   const std::string& type,
                   NwbSeries series,
                   const std::vector<double>& times) {
  if (type == kIndexSeries && series.table.cols() == 1) {
    std::vector<double> moments = times;
    for (Eigen::Index k = 0; moments.size() < static_cast<std::size_t>(series.table.rows()); ++k)
      moments.push_back(series.start + static_cast<double>(k) * series.interval);
    add_pictures(session, series, moments);
    return;
  }
  const Eigen::Index missing = series.table.array().isNaN().count();
  if (missing > 0)
    session.notes.push_back(std::to_string(missing) + " numbers of the stimulus '" + series.name +
                            "' are missing: it is 0 there");
  series.table = series.table.array().isNaN().select(0, series.table);
  const double last =
      times.empty() ? series.start + series.interval * static_cast<double>(series.table.rows())
                    : times.back() + series.interval;
  session.note_times(times.empty() ? series.start : times.front(), last);
  series.dataset.clear();
  session.run.presented.push_back({std::move(series), times});
}

}  // namespace detail
}  // namespace insula::dataset
