// SPDX-License-Identifier: Apache-2.0
#include "tests/support/attention_model.h"

#include <algorithm>
#include <stdexcept>

#include "tests/support/parameter_table.h"

namespace insula::test {
namespace {

using namespace insula::architecture;

enum : std::size_t { kV1, kV5, kSpc };

Projection projection(const Catalogue& catalogue,
                      std::size_t source,
                      std::size_t target,
                      std::vector<std::string> contexts,
                      std::vector<std::size_t> gates) {
  const std::string kind = !gates.empty()      ? "modulated_gated"
                           : !contexts.empty() ? "modulated"
                                               : "linear";
  Projection p;
  p.source = source;
  p.target = target;
  p.kind = find_kind(catalogue.projections, kind);
  p.contexts = std::move(contexts);
  p.gates = std::move(gates);
  return p;
}

std::string between(const std::string& text, char open, char close) {
  const std::size_t from = text.find(open) + 1;
  return text.substr(from, text.find(close, from) - from);
}

}  // namespace

Architecture attention_model(const std::string& model, const Catalogue& catalogue) {
  if (std::find(kAttentionModels.begin(), kAttentionModels.end(), model) == kAttentionModels.end())
    throw std::out_of_range("no attention model '" + model + "'");
  using Names = std::vector<std::string>;
  const bool on_forward = model == "forward" || model == "full";
  const bool on_backward = model == "backward" || model == "full";
  const bool drives_spc = model == "ungated" || model == "gated";

  Architecture a;
  a.name = model;
  const RegionKind* neuronal = find_kind(catalogue.regions, "neuronal");
  a.regions = {{"V1", neuronal, {}}, {"V5", neuronal, {}}, {"SPC", neuronal, {}}};
  a.projections = {
      projection(catalogue,
                 kV1,
                 kV5,
                 on_forward ? Names{"motion", "attention"} : Names{"motion"},
                 model == "gated" ? std::vector<std::size_t>{kSpc} : std::vector<std::size_t>{}),
      projection(catalogue, kV5, kV1, on_backward ? Names{"attention"} : Names{}, {}),
      projection(catalogue, kV5, kSpc, {}, {}),
      projection(catalogue, kSpc, kV5, model == "top_down" ? Names{"attention"} : Names{}, {})};
  a.inputs = {
      {"photic", {kV1}, {}},
      {"motion", {}, {}},
      {"attention", drives_spc ? std::vector<std::size_t>{kSpc} : std::vector<std::size_t>{}, {}}};
  Observation bold;
  bold.name = "bold";
  bold.kind = find_kind(catalogue.observations, "bold");
  bold.regions = {kV1, kV5, kSpc};
  bold.channels = {"V1", "V5", "SPC"};
  a.observations = {bold};
  lay_out_parameters(a);
  return a;
}

std::string from_spm(const std::string& spm) {
  const std::size_t bracket = spm.find('[');
  if (bracket == std::string::npos) return "bold." + spm;
  const std::string matrix = spm.substr(0, bracket);
  const std::size_t bar = spm.find('|');
  const std::string after_bar = bar == std::string::npos ? "" : between(spm, '|', ']');
  if (matrix == "transit") return "bold.transit." + between(spm, '[', ']');
  if (matrix == "C") return after_bar + " -> " + between(spm, '[', '|') + ".strength";
  const std::string target = between(spm, '[', '<');
  const std::string source = between(spm, '-', bar == std::string::npos ? ']' : '|');
  const std::string edge = source + " -> " + target;
  if (matrix == "A") return source == target ? source + ".self_inhibition" : edge + ".strength";
  return edge + (matrix == "B" ? ".modulation." : ".gating.") + after_bar;
}

Eigen::VectorXd theta_from_spm(const Architecture& architecture,
                               const std::map<std::string, double>& values) {
  std::map<std::string, double> by_our_name;
  for (const auto& [spm, value] : values) by_our_name[from_spm(spm)] = value;
  const std::vector<std::size_t> free = architecture.free_parameters();
  Eigen::VectorXd theta(static_cast<Eigen::Index>(free.size()));
  for (std::size_t i = 0; i < free.size(); ++i)
    theta[static_cast<Eigen::Index>(i)] = by_our_name.at(architecture.parameters[free[i]].name);
  return theta;
}

}  // namespace insula::test
