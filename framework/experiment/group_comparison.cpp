// SPDX-License-Identifier: Apache-2.0
// How common each hypothesis is among subjects that were fitted one by one.
#include "framework/evaluation/group_comparison.h"

#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/experiment/detail/decimals.h"
#include "framework/experiment/detail/scored_model.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using evaluation::RandomEffects;

// What is compared: a number for every subject and hypothesis.
struct SubjectTable {
  std::string of;                  // "log_evidence", "log_density"
  std::string in_words;            // "log evidence"
  std::vector<std::size_t> model;  // of RunData::models, per column
  Eigen::MatrixXd value;           // subjects × hypotheses
};

std::vector<std::size_t> hypotheses_of(const RunData& data) {
  std::vector<std::size_t> all;
  for (std::size_t m = 0; m < data.models.size(); ++m)
    if (data.models[m].kind == "hypothesis") all.push_back(m);
  return all;
}

SubjectTable evidence_table(const RunData& data) {
  SubjectTable table{"log_evidence", "log evidence", hypotheses_of(data), {}};
  table.value.resize(static_cast<Index>(data.folds.size()), static_cast<Index>(table.model.size()));
  for (Index k = 0; k < table.value.cols(); ++k) {
    const ModelRun& model = data.models[table.model[static_cast<std::size_t>(k)]];
    for (Index s = 0; s < table.value.rows(); ++s) {
      const PartResult& part = model.parts[static_cast<std::size_t>(s)][0];
      table.value(s, k) =
          part.done && explains_all(data, model) ? part.summary.evidence() : report::kUnknown;
    }
  }
  return table;
}

// The log density of all held-out samples of a subject; each observation counts once.
double held_out_density(const RunData& data, const HeldOutTable& table) {
  const evaluation::Metric& density = evaluation::metrics()[2];
  double sum = 0;
  for (std::size_t t = 0; t < table.size(); ++t) {
    if (!data.targets[t].has_density) continue;
    std::vector<std::pair<int, int>> samples;
    for (std::size_t f = 0; f < table[t].size(); ++f)
      for (int i = 0; i < table[t][f].observed.size(); ++i)
        samples.emplace_back(static_cast<int>(f), i);
    if (samples.empty()) return report::kUnknown;
    sum += density.score(table[t], samples) * static_cast<double>(samples.size());
  }
  return sum;
}

SubjectTable density_table(const RunData& data, const std::vector<ScoredModel>& scored) {
  SubjectTable table{"log_density", "held-out log density", hypotheses_of(data), {}};
  table.value = Eigen::MatrixXd::Constant(static_cast<Index>(data.folds.size()),
                                          static_cast<Index>(table.model.size()),
                                          report::kUnknown);
  for (const ScoredModel& s : scored)
    for (std::size_t k = 0; k < table.model.size(); ++k)
      for (std::size_t n = 0; n < s.subjects.size(); ++n)
        if (s.model == &data.models[table.model[k]])
          table.value(static_cast<Index>(n), static_cast<Index>(k)) =
              held_out_density(data, s.subjects[n]);
  return table;
}

// Hypotheses with a fit behind the table that did not converge.
std::vector<std::string> doubtful(const RunData& data, const SubjectTable& table) {
  std::vector<std::string> names;
  for (const std::size_t m : table.model)
    for (const auto& parts : data.models[m].parts) {
      const bool is_full = table.of == "log_evidence";
      const auto first = parts.begin() + (is_full ? 0 : 1);
      const bool converged =
          std::all_of(first, is_full ? first + 1 : parts.end(), [](const PartResult& part) {
            return part.summary.status == "converged";
          });
      if (!converged && (names.empty() || names.back() != data.models[m].name))
        names.push_back(data.models[m].name);
    }
  return names;
}

constexpr double kIsMostFrequent = 0.95;  // protected exceedance

report::Verdict group_verdict(const RunData& data,
                              const SubjectTable& table,
                              const RandomEffects& effects) {
  const auto name = [&](Index k) {
    return data.models[table.model[static_cast<std::size_t>(k)]].name;
  };
  Index best = 0, next = 0;
  effects.protected_exceedance.maxCoeff(&best);
  Eigen::VectorXd others = effects.protected_exceedance;
  others[best] = -1;
  others.maxCoeff(&next);
  report::Verdict v;
  v.model = name(best);
  v.other = name(next);
  v.channel = "mean";
  v.metric = table.of == "log_evidence" ? "protected_exceedance" : "cv_protected_exceedance";
  v.value = effects.protected_exceedance[best];
  v.other_value = effects.protected_exceedance[next];
  v.difference = v.value - v.other_value;
  const std::string subjects = std::to_string(table.value.rows()) + " subjects";
  v.sentence = v.value >= kIsMostFrequent
                   ? v.model + " is the most frequent hypothesis among " + subjects
                   : "No hypothesis is shown to be the most frequent among " + subjects + "; " +
                         v.model + " leads";
  v.sentence += " by " + table.in_words + ": protected exceedance probability " +
                decimals(v.value, 2) + ", expected frequency " +
                decimals(effects.expected_frequency[best], 2) +
                ", probability that frequencies do not differ " + decimals(effects.omnibus_risk, 2);
  const std::vector<std::string> in_doubt = doubtful(data, table);
  if (!in_doubt.empty()) v.sentence += " (not all fits of " + join(in_doubt, ", ") + " converged)";
  v.sentence += ".";
  return v;
}

void add_table(const RunData& data, const SubjectTable& table, report::Results& results) {
  if (!table.value.allFinite()) {
    results.not_computed.emplace_back("group comparison by " + table.in_words,
                                      "a hypothesis has none for one of the subjects");
    return;
  }
  const RandomEffects effects = evaluation::random_effects(table.value);
  const bool is_evidence = table.of == "log_evidence";
  for (std::size_t k = 0; k < table.model.size(); ++k)
    for (report::ComparisonRow& row : results.comparison) {
      if (row.model != data.models[table.model[k]].name) continue;
      const auto at = static_cast<Index>(k);
      (is_evidence ? row.expected_frequency : row.cv_expected_frequency) =
          effects.expected_frequency[at];
      (is_evidence ? row.exceedance : row.cv_exceedance) = effects.exceedance[at];
      (is_evidence ? row.protected_exceedance : row.cv_protected_exceedance) =
          effects.protected_exceedance[at];
    }
  results.group_comparison.push_back(
      {table.of, static_cast<int>(table.value.rows()), effects.omnibus_risk});
  results.verdicts.push_back(group_verdict(data, table, effects));
}

// The family of each column of a table.
std::vector<int> families_of(const ModelDivision& division, std::size_t models) {
  std::vector<int> family(models, 0);
  for (std::size_t f = 0; f < division.families.size(); ++f)
    for (const std::size_t k : division.families[f].members) family[k] = static_cast<int>(f);
  return family;
}

// Frequencies among subjects; of one, or of subjects that share parameters, the probabilities.
void add_families(const Eigen::MatrixXd& value,
                  const std::string& of,
                  const std::vector<ModelDivision>& divisions,
                  report::Results& results) {
  if (!value.allFinite()) return;
  for (const ModelDivision& division : divisions) {
    const std::vector<int> family = families_of(division, static_cast<std::size_t>(value.cols()));
    const bool is_group = value.rows() > 1;
    const RandomEffects random =
        is_group ? evaluation::random_family_effects(value, family) : RandomEffects{};
    const auto fixed = evaluation::fixed_effects(value, family);
    for (std::size_t f = 0; f < division.families.size(); ++f) {
      const auto at = static_cast<Index>(f);
      report::GroupRow row;
      row.quantity = is_group ? "family_frequency" : "family_probability";
      row.effect = of;
      row.division = division.name;
      row.name = division.families[f].name;
      if (is_group) row.value = random.expected_frequency[at];
      row.probability = is_group ? random.protected_exceedance[at] : fixed.family_probability[at];
      results.group.push_back(std::move(row));
    }
  }
}

// One row of all subjects' evidence where they were not fitted one by one.
Eigen::MatrixXd evidence_of_all(const RunData& data, const report::Results& results) {
  Eigen::MatrixXd value(1, static_cast<Index>(data.experiment.hypotheses.size()));
  for (std::size_t k = 0; k < data.experiment.hypotheses.size(); ++k)
    for (const report::ComparisonRow& row : results.comparison)
      if (row.model == data.experiment.hypotheses[k].name)
        value(0, static_cast<Index>(k)) = row.log_evidence;
  return value;
}

}  // namespace

void add_group_comparison(const RunData& data,
                          const std::vector<ScoredModel>& scored,
                          report::Results& results) {
  const Experiment& e = data.experiment;
  const bool is_group = e.subjects == Subjects::separate && e.dataset.subjects.size() > 1;
  if (e.hypotheses.size() < 2) return;
  if (!is_group) {
    add_families(evidence_of_all(data, results), "log_evidence", e.families, results);
    return;
  }
  const SubjectTable evidence = evidence_table(data), density = density_table(data, scored);
  add_table(data, evidence, results);
  add_families(evidence.value, evidence.of, e.families, results);
  if (data.folds[0].empty()) return;
  add_table(data, density, results);
  add_families(density.value, density.of, e.families, results);
}

}  // namespace insula::experiment
