// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/trial_checks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/nan.h"
#include "framework/experiment/detail/trial_question.h"
#include "framework/numerics/parallel.h"
#include "framework/numerics/statistics.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using report::CheckRow;

constexpr std::size_t kDraws = 200;
constexpr std::size_t kFewestOfMedian = 5;
constexpr std::size_t kDensityPoints = 200;

enum class Statistic { share, median, mean };

// One point of a curve: a statistic of some trials.
struct Point {
  Statistic statistic = Statistic::share;
  double response = kNaN;  // whose share it is; of medians: only times given with it
  std::vector<std::size_t> trials;
  CheckRow row;
};

// ---- statistics of a dataset ----

std::vector<double> picked(const std::vector<double>& values, const std::vector<std::size_t>& at) {
  std::vector<double> some;
  for (const std::size_t i : at) some.push_back(values[i]);
  return some;
}

std::vector<double> times_of(const Point& point, const Answers& answers) {
  std::vector<double> times;
  for (const std::size_t i : point.trials)
    if (std::isnan(point.response) || answers.choice[i] == point.response)
      times.push_back(answers.time[i]);
  return times;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double statistic(const Point& point, const Answers& answers) {
  if (point.statistic == Statistic::median)
    return numerics::quantile(times_of(point, answers), 0.5);
  if (point.statistic == Statistic::mean) return mean_of(picked(answers.value, point.trials));
  const auto label = static_cast<std::size_t>(point.response);
  if (!answers.share.empty()) return mean_of(picked(answers.share[label], point.trials));
  std::vector<double> chosen = picked(answers.choice, point.trials);
  for (double& choice : chosen) choice = choice == point.response ? 1 : 0;
  return mean_of(chosen);
}

// Counts of each response in each bin of time; without choices all responses are the first.
std::vector<double> counts(const Answers& answers, const TimeBins& bins, std::size_t responses) {
  std::vector<double> counts(responses * bins.count);
  for (std::size_t i = 0; i < answers.time.size(); ++i) {
    const std::size_t bin = bins.of(answers.time[i]);
    const std::size_t response = responses == 2 && answers.choice[i] == 1 ? 1 : 0;
    if (bin < bins.count) counts[response * bins.count + bin] += 1;
  }
  return counts;
}

// ---- curves ----

std::string label(const Question& q, std::size_t response) {
  return response < q.responses.size() ? q.responses[response] : "";
}

Point new_point(const Checked& all, Statistic statistic, const char* check, const char* unit) {
  Point point;
  point.statistic = statistic;
  point.row = all.row;
  point.row.check = check;
  point.row.unit = unit;
  return point;
}

// The same curve in every bin of a term: one point a bin that has trials.
void add_curve(const Question& q,
               const Checked& all,
               std::size_t term,
               const Point& like,
               std::vector<Point>& points) {
  const ValueBins& bins = q.bins[term];
  for (std::size_t b = 0; b < bins.size(); ++b) {
    Point point = like;
    for (std::size_t i = 0; i < all.term[term].size(); ++i)
      if (bins.of(all.term[term][i]) == b) point.trials.push_back(i);
    if (point.trials.empty()) continue;
    const bool is_median = like.statistic == Statistic::median;
    const std::size_t n = is_median ? times_of(point, all.observed).size() : point.trials.size();
    if (is_median && n < kFewestOfMedian) continue;
    point.row.term = q.terms()[term].name;
    point.row.low = bins.low[b];
    point.row.high = bins.high[b];
    point.row.position = mean_of(picked(all.term[term], point.trials));
    point.row.n = static_cast<double>(n);
    points.push_back(std::move(point));
  }
}

std::vector<Point> points_of(const Question& q, const Checked& all) {
  std::vector<Point> points;
  const auto over_terms = [&](const Point& like) {
    for (std::size_t t = 0; t < q.terms().size(); ++t) add_curve(q, all, t, like, points);
  };
  // Of two labels the share of one is all there is to say.
  const bool is_binary = all.kind->needs_choice && !all.kind->of_options;
  const std::size_t labels = all.kind->of_options ? q.responses.size() : is_binary ? 2 : 0;
  for (std::size_t r = is_binary ? 1 : 0; r < labels; ++r) {
    Point share = new_point(all, Statistic::share, "psychometric", "1");
    share.response = static_cast<double>(r);
    share.row.response = label(q, r);
    over_terms(share);
  }
  for (std::size_t r = 0; all.kind->needs_time && r < (all.kind->needs_choice ? 2 : 1); ++r) {
    Point median = new_point(all, Statistic::median, "chronometric", "s");
    if (all.kind->needs_choice) {
      median.response = static_cast<double>(r);
      median.row.response = label(q, r);
    }
    over_terms(median);
  }
  if (all.kind->needs_value) over_terms(new_point(all, Statistic::mean, "mean", q.unit.c_str()));
  return points;
}

void observe(const Answers& observed, Point& point) {
  const double n = point.row.n;
  point.row.observed = statistic(point, observed);
  const Limits range =
      point.statistic == Statistic::share    ? share_interval(std::round(point.row.observed * n), n)
      : point.statistic == Statistic::median ? median_interval(times_of(point, observed))
                                             : mean_interval(picked(observed.value, point.trials));
  point.row.observed_low = range.first;
  point.row.observed_high = range.second;
}

// The band of what datasets say, where any does.
void set_band(std::vector<double> drawn, CheckRow& row) {
  std::erase_if(drawn, [](double x) { return !std::isfinite(x); });
  if (drawn.empty()) return;
  row.predicted_low = numerics::quantile(drawn, 0.025);
  row.predicted_high = numerics::quantile(drawn, 0.975);
  if (std::isnan(row.predicted)) row.predicted = numerics::quantile(std::move(drawn), 0.5);
}

// ---- distributions of time ----

// Rows of the bins of time and of a grid of times, `points` in each bin; the density in a bin is
// the mean of its grid.
void add_distribution(const Question& q,
                      const Checked& all,
                      const std::vector<std::vector<double>>& drawn,
                      std::vector<CheckRow>& rows) {
  const TimeBins& bins = q.times;
  const std::size_t points = std::max<std::size_t>(1, kDensityPoints / bins.count);
  const double step = bins.width / static_cast<double>(points);
  std::vector<double> grid;
  for (std::size_t g = 0; g < bins.count * points; ++g)
    grid.push_back(bins.first + (static_cast<double>(g) + 0.5) * step);
  const std::size_t responses = all.kind->needs_choice ? 2 : 1;
  const auto n = static_cast<double>(all.observed.time.size());
  const std::vector<double> observed = counts(all.observed, bins, responses);
  for (std::size_t r = 0; r < responses; ++r) {
    const Eigen::VectorXd density =
        mean_density(*all.kind, all.natural, grid, responses == 2 ? static_cast<double>(r) : kNaN);
    CheckRow row = all.row;
    row.unit = "1/s";
    if (responses == 2) row.response = label(q, r);
    for (std::size_t b = 0; b < bins.count; ++b) {
      const std::size_t at = r * bins.count + b;
      const Limits share = share_interval(observed[at], n);
      CheckRow bin = row;
      bin.check = "distribution";
      bin.low = bins.first + static_cast<double>(b) * bins.width;
      bin.high = bins.first + static_cast<double>(b + 1) * bins.width;
      bin.position = 0.5 * (bin.low + bin.high);
      bin.n = observed[at];
      bin.observed = observed[at] / n / bins.width;
      bin.observed_low = share.first / bins.width;
      bin.observed_high = share.second / bins.width;
      bin.predicted =
          density.segment(static_cast<Index>(b * points), static_cast<Index>(points)).mean();
      std::vector<double> band;
      for (const std::vector<double>& one : drawn) band.push_back(one[at] / n / bins.width);
      set_band(std::move(band), bin);
      rows.push_back(std::move(bin));
    }
    for (std::size_t g = 0; g < grid.size(); ++g) {
      CheckRow point = row;
      point.check = "density";
      point.low = grid[g] - 0.5 * step;
      point.high = grid[g] + 0.5 * step;
      point.position = grid[g];
      point.predicted = density[static_cast<Index>(g)];
      rows.push_back(std::move(point));
    }
  }
}

// ---- one model ----

struct DrawnStatistics {
  std::vector<std::vector<double>> statistics, counts;  // per draw
};

DrawnStatistics draw_all(const RunData& data,
                         const Question& q,
                         const Checked& all,
                         const std::vector<Point>& points) {
  DrawnStatistics drawn{std::vector<std::vector<double>>(kDraws),
                        std::vector<std::vector<double>>(kDraws)};
  parallel_for(kDraws, [&](std::size_t d) {
    const Answers answers = draw(all, data.experiment.seed, d);
    for (const Point& point : points) drawn.statistics[d].push_back(statistic(point, answers));
    if (all.kind->needs_time)
      drawn.counts[d] = counts(answers, q.times, all.kind->needs_choice ? 2 : 1);
  });
  return drawn;
}

std::vector<CheckRow> rows_of(const RunData& data, const ModelRun& model, const Question& q) {
  const Checked all = answer(data, model, q);
  std::vector<CheckRow> rows;
  if (all.pieces.empty()) return rows;
  std::vector<Point> points = points_of(q, all);
  const DrawnStatistics drawn = draw_all(data, q, all, points);
  const Answers mean = expected(all);
  for (std::size_t k = 0; k < points.size(); ++k) {
    observe(all.observed, points[k]);
    if (points[k].statistic != Statistic::median)
      points[k].row.predicted = statistic(points[k], mean);
    std::vector<double> band;
    for (const std::vector<double>& one : drawn.statistics) band.push_back(one[k]);
    set_band(std::move(band), points[k].row);
    rows.push_back(points[k].row);
  }
  if (all.kind->needs_time && q.times.count > 0) add_distribution(q, all, drawn.counts, rows);
  return rows;
}

}  // namespace

void add_trial_checks(const RunData& data, report::Results& results) {
  std::vector<Question> questions;
  for (const architecture::TrialObservation& o :
       data.experiment.hypotheses.front().architecture.trials)
    questions.push_back(ask(data.experiment, o));
  for (const ModelRun& model : data.models)
    for (const Question& q : questions)
      for (CheckRow& row : rows_of(data, model, q)) results.checks.push_back(std::move(row));
}

}  // namespace insula::experiment
