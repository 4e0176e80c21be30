// SPDX-License-Identifier: Apache-2.0
// What the figures of recovery draw.
#include <map>
#include <tuple>

#include "framework/report/detail/figure_json.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostDrawn = 300;

Json found_again(const Results& results) {
  Json out = Json::array();
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> place;
  for (const RecoveryValueRow& row : results.recovery_values) {
    if (row.status != "converged") continue;
    const auto [at, is_new] =
        place.emplace(std::tuple(row.hypothesis, row.drawn_from, row.parameter), out.size());
    if (is_new)
      out.push_back(Json::object({{"hypothesis", row.hypothesis},
                                  {"drawn_from", row.drawn_from},
                                  {"parameter", row.parameter},
                                  {"truth", Json::array()},
                                  {"estimate", Json::array()},
                                  {"sd", Json::array()}}));
    Json& entry = out[at->second];
    if (entry["truth"].size() == kMostDrawn) continue;
    entry["truth"].push_back(brief(row.truth));
    entry["estimate"].push_back(brief(row.estimate));
    entry["sd"].push_back(brief(row.sd));
  }
  return out;
}

Json histograms(const Results& results) {
  Json out = Json::array();
  const CalibrationRow* before = nullptr;
  for (const CalibrationRow& row : results.calibration) {
    if (before == nullptr || before->hypothesis != row.hypothesis ||
        before->parameter != row.parameter) {
      out.push_back(Json::object({{"hypothesis", row.hypothesis},
                                  {"parameter", row.parameter},
                                  {"low", brief(row.low)},
                                  {"high", brief(row.high)},
                                  {"count", Json::array()}}));
      for (const RecoveryRow& judged : results.recovery)
        if (judged.drawn_from == "prior" && judged.hypothesis == row.hypothesis &&
            judged.parameter == row.parameter) {
          out.back()["p"] = brief(judged.rank_p);
          out.back()["within"] = judged.ranks_within;
        }
    }
    before = &row;
    out.back()["count"].push_back(brief(row.count));
  }
  return out;
}

}  // namespace

Json recovery_data(const Results& results) {
  Json contests = Json::array();
  for (const ModelRecoveryRow& row : results.model_recovery)
    contests.push_back(Json::object({{"truth", row.truth},
                                     {"fitted", row.fitted},
                                     {"n", brief(row.n)},
                                     {"share", brief(row.share)},
                                     {"probability", brief(row.probability)}}));
  return Json::object(
      {{"contests", contests}, {"values", found_again(results)}, {"ranks", histograms(results)}});
}

}  // namespace insula::report
