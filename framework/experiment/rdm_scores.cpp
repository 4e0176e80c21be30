// SPDX-License-Identifier: Apache-2.0
// Which model's stimuli differ as those of the data do.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <set>

#include "framework/experiment/detail/representations.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kFewestCompared = 3;  // two make one pair, which has no order
constexpr Index kFewestNumbers = 3;         // of a pattern that is correlated
constexpr Index kMostNumbers = 2000;        // of one whose noise has a covariance

bool is_finite(const MatrixXd& patterns, std::size_t p) {
  return patterns.row(static_cast<Index>(p)).allFinite();
}

// One subject's data of a group.
struct Measured {
  PatternReader reader;
  MatrixXd observed;
  std::vector<std::vector<std::size_t>> held_out;  // [folds] presentations with all their data
  std::vector<std::size_t> known;                  // all with all their data
  MatrixXd precision;
};

// Of a set, whose trials are compared with nothing here, however far the window reaches beyond
// them.
bool is_apart(const RunData& data, std::size_t s, const Presentation& shown) {
  if (!has_time(data.experiment)) return false;
  const double onset = shown.from - data.experiment.rdm->from;
  return std::ranges::any_of(
      data.experiment.dataset.subjects[s].runs[shown.run].apart,
      [&](const dataset::Apart& one) { return one.begin <= onset && onset < one.end; });
}

Measured measured(const RunData& data, const RdmGroup& group, std::size_t s) {
  Measured m{PatternReader(data, group, s), {}, {}, {}, {}};
  m.observed = m.reader.observed();
  const auto& presentations = m.reader.presentations();
  for (std::size_t p = 0; p < presentations.size(); ++p)
    if (is_finite(m.observed, p) && !is_apart(data, s, presentations[p])) m.known.push_back(p);
  for (const evaluation::Fold& fold : data.folds[s]) {
    m.held_out.emplace_back();
    for (const std::size_t p : m.known)
      if (is_held_out(presentations[p], fold, data.experiment.gap)) m.held_out.back().push_back(p);
  }
  if (data.experiment.rdm->distance == RdmQuestion::Distance::crossnobis &&
      m.observed.cols() <= kMostNumbers)
    m.precision = noise_precision(presentations, m.observed, m.held_out);
  return m;
}

using Everyone = std::vector<Measured>;

// A model, a band of features, or a bound of the ceiling.
struct Competitor {
  std::string name, kind;
  const ModelRun* model = nullptr;
};

StimulusRdm rdm_of_data(const RunData& data,
                        const Measured& m,
                        const std::vector<std::size_t>& of) {
  return rdm_of(
      data.experiment.rdm->distance, m.reader.presentations(), m.observed, of, m.precision, true);
}

std::vector<std::size_t> finite_ones(const std::vector<std::size_t>& of, const MatrixXd& patterns) {
  std::vector<std::size_t> some;
  for (const std::size_t p : of)
    if (is_finite(patterns, p)) some.push_back(p);
  return some;
}

// What a model predicts of the held-out presentations, from the fit that did not see them.
StimulusRdm rdm_of_model(const RunData& data,
                         const ModelRun& model,
                         const RdmGroup& group,
                         const Measured& m,
                         std::size_t s,
                         std::size_t fold) {
  std::vector<VectorXd> predicted;
  for (const std::size_t t : group.targets) predicted.push_back(model.parts[s][fold + 1].mean[t]);
  const MatrixXd patterns = m.reader.read(predicted);
  return rdm_of(data.experiment.rdm->distance,
                m.reader.presentations(),
                patterns,
                finite_ones(m.held_out[fold], patterns),
                m.precision,
                false);
}

// Features have no noise, and few of them no correlation.
StimulusRdm rdm_of_band(const RunData& data,
                        const MatrixXd& patterns,
                        const Measured& m,
                        std::size_t fold) {
  using Distance = RdmQuestion::Distance;
  const bool is_correlated = data.experiment.rdm->distance == Distance::correlation;
  return rdm_of(is_correlated && patterns.cols() >= kFewestNumbers ? Distance::correlation
                                                                   : Distance::euclidean,
                m.reader.presentations(),
                patterns,
                finite_ones(m.held_out[fold], patterns),
                {},
                false);
}

// The RDMs that the ceiling compares a fold of subject `s` with: of several subjects what the
// others, and all, have in common; of one what it shows outside of the fold, and everywhere.
std::pair<StimulusRdm, StimulusRdm> bounds_on(const RunData& data,
                                              const Everyone& everyone,
                                              const std::vector<evaluation::Rdm>& whole,
                                              std::size_t s,
                                              std::size_t fold) {
  const Measured& mine = everyone[s];
  if (everyone.size() == 1) {
    std::vector<std::size_t> elsewhere;
    std::ranges::set_difference(mine.known, mine.held_out[fold], std::back_inserter(elsewhere));
    return {rdm_of_data(data, mine, elsewhere), rdm_of_data(data, mine, mine.known)};
  }
  std::vector<int> all(rdm_stimuli(data.experiment).size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<evaluation::Rdm> others;
  for (std::size_t o = 0; o < whole.size(); ++o)
    if (o != s) others.push_back(whole[o]);
  const evaluation::Similarity kind = data.experiment.rdm->similarity;
  return {{all, evaluation::pooled(kind, others)}, {all, evaluation::pooled(kind, whole)}};
}

std::vector<evaluation::RdmFolds> folds_of_all(const RunData& data,
                                               const RdmGroup& group,
                                               const Everyone& everyone,
                                               const std::vector<Competitor>& competitors) {
  std::vector<int> all(rdm_stimuli(data.experiment).size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<evaluation::Rdm> whole;
  for (const Measured& m : everyone)
    whole.push_back(restricted(rdm_of_data(data, m, m.known), all));
  std::vector<evaluation::RdmFolds> subjects;
  for (std::size_t s = 0; s < everyone.size(); ++s) {
    const Measured& m = everyone[s];
    evaluation::RdmFolds& folds = subjects.emplace_back();
    std::map<std::string, MatrixXd> bands;
    for (const std::string& band : data.experiment.rdm->bands)
      bands[band] = patterns_of_band(data, band, s, m.reader.presentations(), m.known);
    for (std::size_t f = 0; f < m.held_out.size(); ++f) {
      const StimulusRdm shown = rdm_of_data(data, m, m.held_out[f]);
      if (shown.stimuli.size() < kFewestCompared) continue;
      evaluation::RdmFold& fold = folds.emplace_back();
      fold.stimuli = shown.stimuli;
      fold.data = shown.rdm;
      for (const Competitor& one : competitors)
        fold.models.push_back(restricted(one.model != nullptr
                                             ? rdm_of_model(data, *one.model, group, m, s, f)
                                             : rdm_of_band(data, bands.at(one.name), m, f),
                                         shown.stimuli));
      const auto [lower, upper] = bounds_on(data, everyone, whole, s, f);
      fold.models.push_back(restricted(lower, shown.stimuli));
      fold.models.push_back(restricted(upper, shown.stimuli));
    }
  }
  return subjects;
}

double count_pairs(const std::vector<evaluation::RdmFolds>& subjects, std::size_t model) {
  double count = 0;
  for (const evaluation::RdmFolds& folds : subjects)
    for (const evaluation::RdmFold& fold : folds)
      count += static_cast<double>(
          (fold.data.array().isFinite() && fold.models[model].array().isFinite()).count());
  return count;
}

double count_stimuli(const std::vector<evaluation::RdmFolds>& subjects) {
  std::set<int> shown;
  for (const evaluation::RdmFolds& folds : subjects)
    for (const evaluation::RdmFold& fold : folds)
      shown.insert(fold.stimuli.begin(), fold.stimuli.end());
  return static_cast<double>(shown.size());
}

// The baseline that is most like the data; as many as there are competitors if there is none.
std::size_t opponent_of(const std::vector<Competitor>& competitors,
                        const evaluation::RdmScores& scores) {
  std::size_t best = competitors.size();
  for (std::size_t m = 0; m < competitors.size(); ++m)
    if (competitors[m].kind == "baseline" && !std::isnan(scores.score[m].value) &&
        (best == competitors.size() || scores.score[m].value > scores.score[best].value))
      best = m;
  return best;
}

// Rows of some subjects together.
void add_rdm_rows(const RunData& data,
                  const RdmGroup& group,
                  const std::vector<Competitor>& competitors,
                  const std::vector<evaluation::RdmFolds>& subjects,
                  const std::string& called,
                  report::Results& results) {
  const Experiment& e = data.experiment;
  const evaluation::RdmScores scores = evaluation::rdm_scores(
      e.rdm->similarity,
      subjects,
      rdm_stimuli(e).size(),
      {subjects.size() > 1 ? evaluation::Drawn::both : evaluation::Drawn::stimuli,
       e.bootstrap_draws,
       e.seed,
       "rdm/" + group.name + "/" + called});
  const std::size_t opponent = opponent_of(competitors, scores);
  const double lower = scores.score[competitors.size()].value;
  for (std::size_t m = 0; m < competitors.size(); ++m) {
    report::RdmRow row;
    row.recording = group.name;
    row.model = competitors[m].name;
    row.kind = competitors[m].kind;
    row.subject = called;
    row.distance = to_text(e.rdm->distance);
    row.similarity = evaluation::to_text(e.rdm->similarity);
    row.stimuli = count_stimuli(subjects);
    row.pairs = count_pairs(subjects, m);
    row.value = scores.score[m].value;
    row.standard_error = scores.score[m].standard_error;
    row.low = scores.score[m].low;
    row.high = scores.score[m].high;
    if (!std::isnan(lower)) {
      row.lower_ceiling = lower;
      row.upper_ceiling = scores.score[competitors.size() + 1].value;
      row.ceiling_kind = e.dataset.subjects.size() > 1 ? "subjects" : "repeats";
    }
    if (competitors[m].kind == "hypothesis" && opponent < competitors.size()) {
      const evaluation::RdmScore& gain = scores.difference[m][opponent];
      row.other = competitors[opponent].name;
      row.difference = gain.value;
      row.difference_low = gain.low;
      row.difference_high = gain.high;
    }
    results.rdm.push_back(std::move(row));
  }
}

std::vector<Competitor> competitors_of(const RunData& data, const RdmGroup& group) {
  std::vector<Competitor> all;
  for (const ModelRun& model : data.models) {
    const bool explains =
        data.scored(model) && std::ranges::all_of(group.targets, [&](std::size_t t) {
          return model.parts[0][1].mean[t].size() > 0;
        });
    if (model.kind != "ablation" && explains) all.push_back({model.name, model.kind, &model});
  }
  for (const std::string& band : data.experiment.rdm->bands) all.push_back({band, "band", nullptr});
  return all;
}

// Why a group cannot be compared; empty if it can.
std::string why_not(const RunData& data, const Everyone& everyone) {
  const RdmQuestion::Distance distance = data.experiment.rdm->distance;
  const Index numbers = everyone[0].observed.cols();
  if (distance == RdmQuestion::Distance::correlation && numbers < kFewestNumbers)
    return "patterns of " + std::to_string(numbers) + " numbers have no correlation to speak of";
  if (distance == RdmQuestion::Distance::crossnobis) {
    if (numbers > kMostNumbers)
      return "the noise of patterns of " + std::to_string(numbers) + " numbers is not estimated";
    for (const Measured& m : everyone)
      if (m.precision.size() == 0)
        return "crossnobis distances need stimuli that come twice in a fold";
  }
  return {};
}

}  // namespace

void add_rdms(const RunData& data, report::Results& results) {
  if (!data.experiment.rdm || data.folds.empty() || data.folds[0].empty()) return;
  for (const RdmGroup& group : rdm_groups(data)) {
    Everyone everyone;
    for (std::size_t s = 0; s < data.experiment.dataset.subjects.size(); ++s)
      everyone.push_back(measured(data, group, s));
    std::string reason = why_not(data, everyone);
    const std::vector<Competitor> competitors = competitors_of(data, group);
    std::vector<evaluation::RdmFolds> subjects;
    if (reason.empty()) subjects = folds_of_all(data, group, everyone, competitors);
    const bool is_any =
        std::ranges::any_of(subjects, [](const auto& folds) { return !folds.empty(); });
    if (reason.empty() && (competitors.empty() || !is_any))
      reason = "no fold holds three stimuli whose data are known, with a prediction of them";
    if (!reason.empty()) {
      results.not_computed.emplace_back("dissimilarities of " + group.name, reason);
      continue;
    }
    for (std::size_t s = 0; s < subjects.size(); ++s)
      if (!subjects[s].empty())
        add_rdm_rows(data,
                     group,
                     competitors,
                     {subjects[s]},
                     data.experiment.dataset.subjects[s].id,
                     results);
    if (subjects.size() > 1) add_rdm_rows(data, group, competitors, subjects, "all", results);
  }
}

}  // namespace insula::experiment
