// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/describe.h"

#include <algorithm>

#include "framework/architecture/detail/prior.h"
#include "framework/architecture/detail/table.h"
#include "framework/architecture/detail/text_table.h"
#include "framework/architecture/detail/words.h"
#include "framework/architecture/graph.h"
#include "framework/base/text.h"

namespace insula::architecture {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string title(const Architecture& a) {
  std::string text = a.name;
  if (!a.description.empty()) text += ": " + a.description;
  if (!text.ends_with('\n')) text += "\n";
  if (a.file.empty()) return text;
  text += "from " + a.file;
  for (std::size_t i = 1; i < a.files.size(); ++i) text += ", which extends " + a.files[i];
  return text + "\n";
}

std::string section(const std::string& name, const Rows& rows) {
  return "\n" + name + "\n" + (rows.empty() ? "  none\n" : detail::text_table(rows));
}

Rows region_rows(const Architecture& a) {
  Rows rows;
  for (const Region& region : a.regions) {
    rows.push_back(
        {region.name, std::string(region.kind->name), std::string(region.kind->summary)});
  }
  return rows;
}

// "modulated by motion, gated by SPC".
std::string modulators(const Architecture& a, const Projection& projection) {
  std::vector<std::string> parts;
  if (!projection.contexts.empty()) {
    parts.push_back("modulated by " + in_words(projection.contexts));
  }
  if (!projection.gates.empty()) {
    parts.push_back("gated by " + in_words(detail::region_names(a, projection.gates)));
  }
  return join(parts, ", ");
}

Rows projection_rows(const Architecture& a) {
  Rows rows;
  for (const Projection& projection : a.projections) {
    rows.push_back({detail::arrow_text(a, projection),
                    std::string(projection.kind->name),
                    modulators(a, projection)});
  }
  return rows;
}

Rows input_rows(const Architecture& a) {
  Rows rows;
  for (const Input& input : a.inputs) {
    std::vector<std::string> modulated;
    for (const Projection& projection : a.projections) {
      for (const std::string& context : projection.contexts) {
        if (context == input.name) modulated.push_back(detail::arrow_text(a, projection));
      }
    }
    std::vector<std::string> parts;
    if (input.learned) parts.push_back("holds " + detail::stretch_text(a, *input.learned));
    if (input.band) parts.push_back("features: " + detail::band_text(*input.band));
    if (!input.drives.empty()) {
      parts.push_back("drives " + in_words(detail::region_names(a, input.drives)));
    }
    if (!modulated.empty()) parts.push_back("modulates " + in_words(modulated));
    if (input.drives.empty() && modulated.empty() && !is_in_a_term(a, input.name))
      parts.push_back("does nothing");
    rows.push_back({input.name, join(parts, "; ")});
  }
  return rows;
}

Rows observation_rows(const Architecture& a) {
  Rows rows;
  for (const Observation& observation : a.observations) {
    std::vector<std::string> shown = detail::region_names(a, observation.regions);
    const bool has_loadings = observation.loadings.of != Loadings::Of::own;
    for (std::size_t i = 0; !has_loadings && i < shown.size(); ++i) {
      if (observation.channels[i] != shown[i]) shown[i] += " (" + observation.channels[i] + ")";
    }
    const std::string noise =
        detail::noise_text(observation.noise) + " noise; " +
        (observation.drift_cutoff > 0
             ? "drift slower than " + detail::drift_text(observation.drift_cutoff) + " removed"
             : "no drift");
    rows.push_back(
        {observation.name,
         std::string(observation.kind->name),
         "shows " + in_words(shown) +
             (has_loadings ? " in " + detail::loadings_text(observation) : std::string()) + "; " +
             (observation.kind->counts() ? "counts" : noise)});
  }
  for (const TrialObservation& trials : a.trials) {
    std::vector<std::string> parts;
    for (const Predictor& predictor : trials.predictors) {
      if (!predictor.named) continue;
      std::vector<std::string> terms;
      for (const Term& term : predictor.terms) terms.push_back(term.name);
      parts.push_back(to_text(predictor) +
                      (terms.empty() ? " the same in all trials" : " on " + in_words(terms)));
    }
    if (trials.has_window())
      parts.push_back("regions and inputs count as " + detail::window_text(trials.window));
    rows.push_back({trials.name, std::string(trials.kind->name), join(parts, "; ")});
  }
  return rows;
}

// Architectures without learners have no section of them.
std::string learner_section(const Architecture& a) {
  Rows rows;
  for (const Learner& learner : a.learners) {
    rows.push_back({learner.name,
                    std::string(learner.kind->name),
                    "learns " + learner.outcome +
                        (learner.cue.empty() ? "" : ", for each " + learner.cue) +
                        (learner.table.empty() ? "" : ", from trials " + learner.table)});
  }
  return rows.empty() ? "" : section("Learners", rows);
}

// The middle of the prior, or the fixed value, and how far the prior reaches.
std::vector<std::string> parameter_row(const Architecture& a, const Parameter& parameter) {
  const Parameter& leader = a.parameters[parameter.tied_to];
  std::string spread = "fixed";
  if (parameter.free) {
    spread = detail::short_value(parameter, parameter.prior_mean - 2 * parameter.prior_sd) + " … " +
             detail::short_value(parameter, parameter.prior_mean + 2 * parameter.prior_sd);
  }
  if (leader.name != parameter.name) spread = "as " + leader.name;
  return {parameter.name,
          detail::short_value(parameter, parameter.prior_mean),
          spread,
          parameter.stated ? "stated" : "default",
          parameter.meaning};
}

// The factor of the prior sds of a band's weights in a region, where that is learned.
void add_scales(const Architecture& a, Rows& rows) {
  for (const Input& input : a.inputs) {
    if (!input.band || input.band->scale) continue;
    for (const std::size_t region : input.drives)
      rows.push_back({input.name + " -> " + a.regions[region].name + ".scale",
                      "1",
                      "learned",
                      "default",
                      "factor of the prior sds of the weights of " + input.name + " there"});
  }
}

// Of weights of a band in a region how many there are, at the first one; 1 of other parameters.
std::vector<std::size_t> counts_of_weights(const Architecture& a) {
  std::vector<std::size_t> counts(a.parameters.size(), 1);
  for (std::size_t i = 0; i < a.inputs.size(); ++i) {
    const Input& input = a.inputs[i];
    for (std::size_t d = 0; input.band && d < input.drives.size(); ++d)
      counts[a.input_parameters[i] + d * input.band->count()] = input.band->count();
  }
  return counts;
}

// More weights than one would read are one row, if they are alike.
void add_parameters(const Architecture& a, Rows& rows) {
  constexpr std::size_t kRead = 4;
  const std::vector<std::size_t> counts = counts_of_weights(a);
  for (std::size_t i = 0; i < a.parameters.size();) {
    std::vector<std::string> row = parameter_row(a, a.parameters[i]);
    const auto is_alike = [&](std::size_t other) {
      const std::vector<std::string> its = parameter_row(a, a.parameters[other]);
      return std::equal(row.begin() + 1, row.end(), its.begin() + 1);
    };
    std::size_t alike = 1;
    while (alike < counts[i] && is_alike(i + alike)) ++alike;
    if (alike > kRead && alike == counts[i]) {
      const std::string& last = a.parameters[i + alike - 1].name;
      row[0] = row[0].substr(0, row[0].find(" ->")) + " … " + last;
      rows.push_back(std::move(row));
      i += alike;
    } else {
      rows.push_back(std::move(row));
      ++i;
    }
  }
}

std::string parameters_table(const Architecture& a) {
  Rows rows{{"name", "middle", "middle ± 2 sd", "prior", "meaning"}};
  add_parameters(a, rows);
  add_scales(a, rows);
  const std::size_t free = a.free_parameters().size();
  return section(
      "Parameters: " + std::to_string(free) + " free of " + std::to_string(a.parameters.size()),
      rows);
}

std::string doubts_text(const Architecture& a) {
  std::string text;
  for (const Mistake& doubt : doubts(a))
    text += "  " + doubt.message + "\n    " + doubt.note + "\n";
  return text.empty() ? "" : "\nDoubts\n" + text;
}

}  // namespace

std::string describe(const Architecture& architecture) {
  return title(architecture) + section("Regions", region_rows(architecture)) +
         section("Projections", projection_rows(architecture)) +
         section("Inputs", input_rows(architecture)) +
         section("Observations", observation_rows(architecture)) + learner_section(architecture) +
         parameters_table(architecture) + doubts_text(architecture);
}

}  // namespace insula::architecture
