// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/architecture/support.h"

#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "framework/base/text.h"

namespace insula::architecture {

const char* const kThreeRegions = R"(insula: architecture/1
name: three
regions:
  V1: {kind: neuronal}
  V5: {kind: neuronal}
  SPC: {kind: neuronal}
projections:
  V1 -> V5: {kind: modulated, by: [motion]}
  V5 -> V1: {kind: linear}
  V5 -> SPC: {kind: linear}
  SPC -> V5: {kind: linear}
inputs:
  photic: {drives: [V1]}
  motion: {}
  attention: {drives: [SPC]}
observations:
  bold: {kind: bold, regions: [V1, V5, SPC]}
)";

Architecture load_from_root(const std::string& path, Priors priors) {
  std::filesystem::current_path(INSULA_ROOT);  // so that messages show paths from there
  return load(path, test_catalogue(), priors);
}

Architecture parse_test(const std::string& text, Priors priors) {
  return parse(text, "test.yaml", test_catalogue(), priors);
}

const Parameter& parameter(const Architecture& architecture, const std::string& name) {
  for (const Parameter& candidate : architecture.parameters) {
    if (candidate.name == name) return candidate;
  }
  throw std::out_of_range("no parameter " + name);
}

std::string content(const Architecture& a) {
  std::ostringstream text;
  text << a.name << '|' << a.description << '\n';
  for (const Region& r : a.regions) text << "region " << r.name << ' ' << r.kind->name << '\n';
  for (const Projection& p : a.projections) {
    text << "projection " << to_text(a, p) << ' ' << p.kind->name;
    for (const std::string& context : p.contexts) text << " context " << context;
    for (std::size_t gate : p.gates) text << " gate " << gate;
    text << '\n';
  }
  for (const Input& i : a.inputs) {
    text << "input " << i.name;
    for (std::size_t driven : i.drives) text << ' ' << driven;
    if (i.learned)
      text << " signal " << i.learned->signal.learner << '.' << i.learned->signal.signal << ' '
           << static_cast<int>(i.learned->lock) << ' ' << number_text(i.learned->from) << ' '
           << number_text(i.learned->to);
    if (i.band)
      text << " columns " << i.band->columns << " random " << i.band->random << " pca "
           << i.band->pca << " scale " << number_text(i.band->scale.value_or(-1)) << " resample "
           << number_text(i.band->resample);
    for (std::size_t d = 0; i.band && d < i.band->delays.size(); ++d)
      text << " delay " << number_text(i.band->delays[d]);
    text << '\n';
  }
  for (const Observation& o : a.observations) {
    text << "observation " << o.name << ' ' << o.kind->name << " noise "
         << static_cast<int>(o.noise) << " drift " << number_text(o.drift_cutoff);
    for (std::size_t i = 0; i < o.regions.size(); ++i) {
      text << ' ' << o.regions[i] << '=' << o.channels[i];
    }
    text << '\n';
  }
  for (const TrialObservation& o : a.trials) {
    text << "trials " << o.name << ' ' << o.kind->name << ' ' << o.table << ' ' << o.value;
    for (const std::string& option : o.options) text << ' ' << option;
    text << '\n';
    if (o.has_window())
      text << "window " << static_cast<int>(o.window.lock) << static_cast<int>(o.window.take) << ' '
           << number_text(o.window.from) << ' ' << number_text(o.window.to) << '\n';
    for (const Predictor& p : o.predictors) {
      text << "predictor " << to_text(p) << ' ' << p.named << '\n';
      for (const Term& term : p.terms) {
        text << "term " << term.name;
        for (const std::string& factor : term.factors) text << " column " << factor;
        for (const std::size_t region : term.regions) text << " region " << region;
        for (const std::string& input : term.inputs) text << " input " << input;
        for (const Signal& s : term.signals) text << " signal " << s.learner << '.' << s.signal;
        text << '\n';
      }
    }
  }
  for (const Learner& l : a.learners) {
    text << "learner " << l.name << ' ' << l.kind->name << " outcome " << l.outcome << " cue "
         << l.cue << " trials " << l.table << '\n';
  }
  for (std::size_t i = 0; i < a.parameters.size(); ++i) {
    const Parameter& p = a.parameters[i];
    text << "parameter " << p.name << ' ' << p.unit << ' ' << static_cast<int>(p.domain) << ' '
         << number_text(p.reference) << ' ' << p.free << p.stated << ' '
         << number_text(p.prior_mean) << ' ' << number_text(p.prior_sd) << ' ' << p.tied_to << '\n';
  }
  return text.str();
}

}  // namespace insula::architecture
