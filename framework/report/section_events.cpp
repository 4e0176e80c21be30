// SPDX-License-Identifier: Apache-2.0
// Recordings about events: what stands around the figures.
#include <fmt/format.h>

#include <algorithm>

#include "framework/base/text.h"
#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

struct AboutEvents {
  std::string observation;
  bool has_raster = false, is_rate = false;
  std::vector<std::string> fitted;  // models whose fit to all data predicts
  bool has_held_out = false;
};

void add_once(const std::string& name, std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::vector<AboutEvents> recordings_about_events(const Results& results) {
  std::vector<AboutEvents> all;
  for (const CheckRow& row : results.checks) {
    if (row.check != kEventLocked) continue;
    auto mine = std::find_if(all.begin(), all.end(), [&](const AboutEvents& a) {
      return a.observation == row.observation;
    });
    if (mine == all.end())
      mine = all.insert(mine, AboutEvents{row.observation, false, false, {}, false});
    mine->is_rate = row.unit == "1/s";
    if (row.trials == "held_out")
      mine->has_held_out = true;
    else
      add_once(row.model, mine->fitted);
  }
  for (AboutEvents& a : all)
    a.has_raster =
        std::any_of(results.rasters.begin(), results.rasters.end(), [&](const RasterRow& row) {
          return row.observation == a.observation;
        });
  return all;
}

std::string whose_predictions(const AboutEvents& about) {
  if (about.fitted.empty())
    return "Every sample is predicted by the fit of the fold that did not see it.";
  if (!about.has_held_out) return "The fit to all data predicts the samples that it was fitted to.";
  return "Every sample is predicted by the fit of the fold that did not see it, but for " +
         insula::in_words(about.fitted) +
         ", of which not every fold was fitted: there the fit to all data predicts the samples "
         "that "
         "it was fitted to.";
}

std::string what_is_averaged(const AboutEvents& about) {
  const std::string raster =
      "Above: what was counted, a row an event, darker where a bin holds more. Below: dots";
  return (about.has_raster ? raster : std::string("Dots")) + ", mean " +
         (about.is_rate ? "rate (spikes/s) over events"
                        : "over events, from each of which its mean before the event was taken") +
         ", with Student's 95 % intervals over events; lines, the models' means of the same "
         "samples. ";
}

}  // namespace

Html event_figures(const Results& results) {
  Html out;
  const std::vector<AboutEvents> all = recordings_about_events(results);
  for (std::size_t i = 0; i < all.size(); ++i) {
    out += element("h3", all[i].observation);
    out += element("figure",
                   {{"data-figure", fmt::format("events-{}", i)}},
                   trusted("<div class=\"controls\"></div><div class=\"plot\"></div>\n") +
                       element("figcaption",
                               text(what_is_averaged(all[i]) + whose_predictions(all[i])) +
                                   trusted(" <span class=\"note\"></span>")));
  }
  return out;
}

}  // namespace insula::report
