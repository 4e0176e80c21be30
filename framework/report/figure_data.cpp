// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/report/detail/figure_json.h"
#include "framework/report/detail/json_fields.h"
#include "framework/report/detail/sections.h"
#include "framework/report/doubts.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostNumbers = 250'000;  // about a million characters of the page

template <class Column>
Json brief_list(const Column& column) {
  Json out = Json::array();
  for (Eigen::Index i = 0; i < column.size(); ++i) out.push_back(brief(column[i]));
  return out;
}

Json columns(const Eigen::MatrixXd& matrix) {
  Json out = Json::array();
  for (Eigen::Index c = 0; c < matrix.cols(); ++c) out.push_back(brief_list(matrix.col(c)));
  return out;
}

/// One list if all channels are sampled together, else one a channel.
Json times(const Eigen::MatrixXd& time) {
  for (Eigen::Index c = 1; c < time.cols(); ++c) {
    if (time.col(c) != time.col(0)) return columns(time);
  }
  return time.cols() == 0 ? Json::array() : Json::array({brief_list(time.col(0))});
}

bool same_recording(const PredictionBlock& a, const PredictionBlock& b) {
  return a.subject == b.subject && a.run == b.run && a.recording == b.recording;
}

Json recording(const PredictionBlock& block) {
  Json out = Json::object();
  out["subject"] = block.subject;
  out["run"] = block.run;
  out["recording"] = block.recording;
  out["unit"] = block.unit;
  out["channels"] = block.channels;
  out["time"] = times(block.time);
  out["observed"] = columns(block.observed);
  out["fold"] = std::vector<int>(block.fold.begin(), block.fold.end());
  out["models"] = Json::object();
  return out;
}

Json prediction(const PredictionBlock& block) {
  Json out = Json::object();
  out["predicted"] = columns(block.held_out);
  out["sd"] = columns(block.held_out_sd);
  out["fitted"] = columns(block.fitted);
  return out;
}

/// Recordings with the predictions of every model, observations once; whole recordings only.
Json all_series(const Results& results, std::size_t& left_out) {
  Json out = Json::array();
  std::vector<const PredictionBlock*> firsts;
  std::size_t numbers = 0;
  left_out = 0;
  for (const PredictionBlock& block : results.predictions) {
    const auto is_same = [&](const PredictionBlock* first) {
      return same_recording(*first, block);
    };
    if (std::any_of(firsts.begin(), firsts.end(), is_same)) continue;
    firsts.push_back(&block);
    Json one = recording(block);
    std::size_t size = 0;
    for (const PredictionBlock& other : results.predictions) {
      if (same_recording(other, block)) size += 3 * static_cast<std::size_t>(other.held_out.size());
    }
    if (numbers > 0 && numbers + size > kMostNumbers) {
      ++left_out;
      continue;
    }
    numbers += size;
    for (const PredictionBlock& other : results.predictions) {
      if (same_recording(other, block)) one["models"][other.model] = prediction(other);
    }
    out.push_back(std::move(one));
  }
  return out;
}

/// Scores over all folds, without those of single folds.
Json scores(const Results& results) {
  Json out = Json::array();
  for (const ScoreRow& row : results.scores) {
    if (row.fold == "all") out.push_back(as_json(row));
  }
  return out;
}

Json fits(const Results& results) {
  Json out = Json::array();
  for (const ModelSummary& model : results.models) {
    for (const FitSummary& fit : model.fits) {
      if (fit.fold != "full" || fit.free_energy_by_iteration.empty()) continue;
      Json one = Json::object();
      one["model"] = model.name;
      one["subject"] = fit.subject;
      one["free_energy"] = as_json(fit.free_energy_by_iteration);
      one["starts"] = as_json(fit.start_free_energy);
      out.push_back(std::move(one));
    }
  }
  return out;
}

bool same_curve(const CheckRow& a, const CheckRow& b) {
  return a.model == b.model && a.observation == b.observation && a.check == b.check &&
         a.term == b.term && a.response == b.response;
}

/// Rows of one curve or distribution, which stand together, as one entry of columns.
Json checks(const Results& results) {
  constexpr std::pair<const char*, double CheckRow::*> kColumns[] = {
      {"low", &CheckRow::low},
      {"high", &CheckRow::high},
      {"position", &CheckRow::position},
      {"n", &CheckRow::n},
      {"observed", &CheckRow::observed},
      {"observed_low", &CheckRow::observed_low},
      {"observed_high", &CheckRow::observed_high},
      {"predicted", &CheckRow::predicted},
      {"predicted_low", &CheckRow::predicted_low},
      {"predicted_high", &CheckRow::predicted_high}};
  Json out = Json::array();
  const CheckRow* first = nullptr;
  for (const CheckRow& row : results.checks) {
    if (row.check == kEventLocked) continue;
    if (first == nullptr || !same_curve(*first, row)) {
      first = &row;
      out.push_back(Json::object({{"model", row.model},
                                  {"observation", row.observation},
                                  {"check", row.check},
                                  {"term", row.term},
                                  {"response", row.response},
                                  {"unit", row.unit}}));
      for (const auto& [name, member] : kColumns) out.back()[name] = Json::array();
    }
    for (const auto& [name, member] : kColumns) out.back()[name].push_back(brief(row.*member));
  }
  return out;
}

}  // namespace

Json brief(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == 0) return 0;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 4);
  const double rounded = std::round(value / unit) * unit;
  return std::stod(short_number(rounded, 5));  // without the digits of binary rounding
}

std::string figure_data(const Results& results, std::size_t& series_left_out) {
  Json out = Json::object();
  Json& models = out["models"] = Json::array();
  for (const ModelSummary& model : results.models) {
    models.push_back(Json::object(
        {{"name", model.name}, {"kind", model.kind}, {"doubts", doubts_of(results, model.name)}}));
  }
  out["gap"] = as_json(results.gap);
  out["time_unit"] = results.time_unit;
  out["folds"] = as_json(results.folds);
  out["scores"] = scores(results);
  out["comparison"] = as_json(results.comparison);
  out["observations"] = as_json(results.observations);
  out["parameters"] = as_json(results.parameters);
  out["fits"] = fits(results);
  out["checks"] = checks(results);
  out["events"] = event_curves(results);
  std::size_t courses_left_out = 0;
  out["interventions"] = intervention_courses(results, courses_left_out);
  out["interventions_left_out"] = courses_left_out;
  out["recovery"] = recovery_data(results);
  out["series"] = all_series(results, series_left_out);
  const std::string json = out.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) safe += c == '<' ? "\\u003c" : std::string(1, c);
  return safe;
}

}  // namespace insula::report
