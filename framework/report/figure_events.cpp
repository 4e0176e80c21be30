// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <tuple>

#include "framework/report/detail/figure_json.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostEventNumbers = 80'000;
constexpr std::size_t kMostRasterCells = 250'000;
constexpr std::size_t kMostEventsDrawn = 150;
constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

// One curve, of all models.
using CurveKey = std::tuple<std::string, std::string, std::string, std::string>;

template <class Row>
CurveKey key_of(const Row& row) {
  return {row.observation, row.channel, row.term, row.level};
}

using CheckRows = std::vector<const CheckRow*>;

struct EventCurve {
  std::vector<std::pair<std::string, CheckRows>> models;  // in the order of the table
  std::vector<const RasterRow*> raster;
};

CheckRows& rows_of_model(EventCurve& curve, const std::string& model) {
  for (auto& [name, rows] : curve.models)
    if (name == model) return rows;
  return curve.models.emplace_back(model, CheckRows()).second;
}

Json numbers(const CheckRows& rows, double CheckRow::*member) {
  Json out = Json::array();
  for (const CheckRow* row : rows) out.push_back(brief(row->*member));
  return out;
}

// "0,2,,1" as "02.1": one character a bin, "." where nothing is known, "z" for 35 counts and more.
std::string digits_of(const std::string& counts) {
  std::string out;
  std::size_t value = 0;
  bool is_known = false;
  for (std::size_t i = 0; i <= counts.size(); ++i) {
    if (i < counts.size() && counts[i] >= '0' && counts[i] <= '9') {
      value = std::min<std::size_t>(value * 10 + static_cast<std::size_t>(counts[i] - '0'), 35);
      is_known = true;
    } else if (i == counts.size() || counts[i] == ',') {
      out += is_known ? kDigits[value] : '.';
      value = 0;
      is_known = false;
    }
  }
  return out;
}

Json raster(const std::vector<const RasterRow*>& rows, std::size_t& cells) {
  Json out = Json::object();
  out["from"] = brief(rows.front()->from);
  out["width"] = brief(rows.front()->width);
  out["events"] = rows.size();
  Json& drawn = out["rows"] = Json::array();
  const std::size_t count = std::min(rows.size(), kMostEventsDrawn);
  for (std::size_t i = 0; i < count && cells < kMostRasterCells; ++i) {
    drawn.push_back(digits_of(rows[i * rows.size() / count]->counts));
    cells += drawn.back().get_ref<const std::string&>().size();
  }
  return out;
}

Json curve_json(const EventCurve& curve, bool is_hidden, std::size_t& cells) {
  const CheckRows& first = curve.models.front().second;
  const CheckRow& like = *first.front();
  Json out = Json::object({{"observation", like.observation},
                           {"channel", like.channel},
                           {"term", like.term},
                           {"level", like.level},
                           {"unit", like.unit},
                           {"hidden", is_hidden}});
  if (is_hidden) return out;
  for (const auto& [name, member] : {std::pair{"low", &CheckRow::low},
                                     {"high", &CheckRow::high},
                                     {"position", &CheckRow::position},
                                     {"n", &CheckRow::n},
                                     {"left_out", &CheckRow::left_out},
                                     {"observed", &CheckRow::observed},
                                     {"observed_low", &CheckRow::observed_low},
                                     {"observed_high", &CheckRow::observed_high}})
    out[name] = numbers(first, member);
  Json& models = out["models"] = Json::object();
  for (const auto& [name, rows] : curve.models)
    models[name] = {{"predicted", numbers(rows, &CheckRow::predicted)},
                    {"low", numbers(rows, &CheckRow::predicted_low)},
                    {"high", numbers(rows, &CheckRow::predicted_high)}};
  if (!curve.raster.empty()) out["raster"] = raster(curve.raster, cells);
  return out;
}

}  // namespace

Json event_curves(const Results& results) {
  std::map<CurveKey, std::size_t> places;
  std::vector<EventCurve> curves;
  for (const CheckRow& row : results.checks) {
    if (row.check != kEventLocked) continue;
    const std::size_t at = places.emplace(key_of(row), curves.size()).first->second;
    if (at == curves.size()) curves.emplace_back();
    rows_of_model(curves[at], row.model).push_back(&row);
  }
  for (const RasterRow& row : results.rasters) {
    const auto found = places.find(key_of(row));
    if (found != places.end()) curves[found->second].raster.push_back(&row);
  }
  Json out = Json::array();
  std::size_t size = 0, cells = 0;
  for (const EventCurve& curve : curves) {
    const std::size_t mine = (8 + 3 * curve.models.size()) * curve.models.front().second.size();
    const bool is_hidden = size > 0 && size + mine > kMostEventNumbers;
    if (!is_hidden) size += mine;
    out.push_back(curve_json(curve, is_hidden, cells));
  }
  return out;
}

}  // namespace insula::report
