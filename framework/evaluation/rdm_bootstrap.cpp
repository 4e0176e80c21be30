// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/evaluation/detail/drawn_similarity.h"
#include "framework/evaluation/rdm.h"
#include "framework/numerics/parallel.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;

std::size_t stimuli_of(const Rdm& rdm) {
  const auto n = static_cast<Index>(
      std::lround(0.5 * (1 + std::sqrt(1.0 + 8.0 * static_cast<double>(rdm.size())))));
  if (n < 2 || n * (n - 1) / 2 != rdm.size())
    throw InternalError("no number of stimuli has so many pairs");
  return static_cast<std::size_t>(n);
}

// How often each is drawn.
std::vector<int> drawn_of(std::size_t n, Stream& random) {
  std::vector<int> count(n, 0);
  for (std::size_t k = 0; k < n; ++k) ++count[random.below(n)];
  return count;
}

void require_fold(const RdmFold& fold, std::size_t models, std::size_t stimuli) {
  const auto n = static_cast<Index>(fold.stimuli.size());
  if (fold.data.size() != n * (n - 1) / 2 || fold.models.size() != models)
    throw InternalError("RDMs are of different stimuli or models");
  for (const Rdm& model : fold.models)
    if (model.size() != fold.data.size()) throw InternalError("RDMs are of different stimuli");
  for (std::size_t i = 0; i < fold.stimuli.size(); ++i)
    if (fold.stimuli[i] < (i == 0 ? 0 : fold.stimuli[i - 1] + 1) ||
        fold.stimuli[i] >= static_cast<int>(stimuli))
      throw InternalError("stimuli of an RDM must ascend and be among all stimuli");
}

// Models' mean similarities to drawn subjects on drawn stimuli.
class Contest {
 public:
  Contest(Similarity kind, const std::vector<RdmFolds>& subjects, std::size_t stimuli)
      : stimuli_(stimuli) {
    if (subjects.empty()) throw InternalError("no subject to be like");
    if (stimuli < 2) throw InternalError("an RDM needs two stimuli");
    for (const RdmFolds& subject : subjects)
      if (!subject.empty()) models_ = subject.front().models.size();
    for (const RdmFolds& subject : subjects) {
      auto& of_subject = folds_.emplace_back(models_);
      for (const RdmFold& fold : subject) {
        require_fold(fold, models_, stimuli);
        for (std::size_t m = 0; m < models_; ++m)
          of_subject[m].emplace_back(kind, fold.stimuli, fold.models[m], fold.data);
      }
    }
  }

  std::size_t models() const { return models_; }
  std::size_t stimuli() const { return stimuli_; }
  std::size_t subjects() const { return folds_.size(); }

  std::vector<double> at(const std::vector<int>& stimuli, const std::vector<int>& subjects) const {
    std::vector<double> means;
    for (std::size_t m = 0; m < models_; ++m) {
      double sum = 0, known = 0;
      for (std::size_t s = 0; s < subjects.size(); ++s) {
        const double like = subjects[s] > 0 ? of_subject(s, m, stimuli) : kNaN;
        if (std::isnan(like)) continue;
        sum += subjects[s] * like;
        known += subjects[s];
      }
      means.push_back(known > 0 ? sum / known : kNaN);
    }
    return means;
  }

 private:
  double of_subject(std::size_t s, std::size_t m, const std::vector<int>& stimuli) const {
    double sum = 0, pairs = 0;
    for (const DrawnSimilarity& fold : folds_[s][m]) {
      const DrawnSimilarity::Value value = fold.on(stimuli);
      if (std::isnan(value.similarity)) continue;
      sum += value.pairs * value.similarity;
      pairs += value.pairs;
    }
    return pairs > 0 ? sum / pairs : kNaN;
  }

  std::size_t stimuli_ = 0, models_ = 0;
  std::vector<std::vector<std::vector<DrawnSimilarity>>> folds_;  // [subjects][models][folds]
};

double correction(std::size_t n) { return static_cast<double>(n) / static_cast<double>(n - 1); }

// [draws][models]
using DrawnValues = std::vector<std::vector<double>>;

DrawnValues values_of(const Contest& contest, Drawn drawn, const RdmBootstrap& bootstrap) {
  const bool of_stimuli = drawn != Drawn::subjects, of_subjects = drawn != Drawn::stimuli;
  DrawnValues values(static_cast<std::size_t>(bootstrap.draws));
  parallel_for(values.size(), [&](std::size_t d) {
    Stream random(
        bootstrap.seed,
        bootstrap.task + "/" + std::to_string(static_cast<int>(drawn)) + "/" + std::to_string(d));
    const std::vector<int> stimuli =
        of_stimuli ? drawn_of(contest.stimuli(), random) : std::vector<int>(contest.stimuli(), 1);
    const std::vector<int> subjects = of_subjects ? drawn_of(contest.subjects(), random)
                                                  : std::vector<int>(contest.subjects(), 1);
    values[d] = contest.at(stimuli, subjects);
  });
  return values;
}

// What was drawn in which way; empty if it was not.
struct Draws {
  DrawnValues stimuli, subjects, both;
};

// The variance over draws of `number` of what a draw gave.
template <class Number>
double variance_of(const DrawnValues& draws, Number number) {
  std::vector<double> value;
  for (const std::vector<double>& draw : draws)
    if (const double v = number(draw); !std::isnan(v)) value.push_back(v);
  if (value.size() < 2) return kNaN;
  double mean = 0, squares = 0;
  for (const double v : value) mean += v / static_cast<double>(value.size());
  for (const double v : value) squares += (v - mean) * (v - mean);
  return squares / static_cast<double>(value.size() - 1);
}

template <class Number>
RdmScore score_of(const Contest& contest,
                  const Draws& draws,
                  Drawn drawn,
                  const std::vector<double>& at_all,
                  double most,
                  Number number) {
  const std::size_t stimuli = contest.stimuli(), subjects = contest.subjects();
  const bool of_stimuli = drawn != Drawn::subjects, of_subjects = drawn != Drawn::stimuli;
  double v = 0;
  if (!of_subjects) {
    v = correction(stimuli) * variance_of(draws.stimuli, number);
  } else if (!of_stimuli) {
    v = correction(subjects) * variance_of(draws.subjects, number);
  } else {
    const double c_stimuli = correction(stimuli), c_subjects = correction(subjects);
    const double v_s = variance_of(draws.stimuli, number),
                 v_p = variance_of(draws.subjects, number);
    const double v_b = variance_of(draws.both, number), c_both = c_stimuli * c_subjects;
    v = c_stimuli * v_s + c_subjects * v_p - c_both * (v_b - v_s - v_p);
    v = std::max(std::min(v, c_both * v_b), std::max(c_stimuli * v_s, c_subjects * v_p));
  }
  const std::size_t fewest = !of_subjects  ? stimuli
                             : !of_stimuli ? subjects
                                           : std::min(stimuli, subjects);
  RdmScore score;
  score.value = number(at_all);
  score.standard_error = std::sqrt(v);
  const double half =
      numerics::student_quantile(0.975, static_cast<int>(fewest) - 1) * score.standard_error;
  // Student's quantile of two subjects would leave the range of a correlation far behind.
  // In this order what is NaN stays so.
  score.low = std::max(score.value - half, -most);
  score.high = std::min(score.value + half, most);
  return score;
}

// Models' RDMs held against one of each subject, all of the same stimuli.
std::vector<RdmFolds> with_each(const std::vector<Rdm>& models, const std::vector<Rdm>& subjects) {
  std::vector<int> stimuli(stimuli_of(models.front()));
  std::iota(stimuli.begin(), stimuli.end(), 0);
  std::vector<RdmFolds> all;
  for (const Rdm& subject : subjects) all.push_back({{stimuli, subject, models}});
  return all;
}

}  // namespace

double rdm_similarity(Similarity kind, const RdmFolds& subject, std::size_t model) {
  if (subject.empty()) return kNaN;
  int last = 1;
  for (const RdmFold& fold : subject)
    if (!fold.stimuli.empty()) last = std::max(last, fold.stimuli.back());
  const Contest contest(kind, {subject}, static_cast<std::size_t>(last) + 1);
  return contest.at(std::vector<int>(contest.stimuli(), 1), {1}).at(model);
}

RdmScores rdm_scores(Similarity kind,
                     const std::vector<RdmFolds>& subjects,
                     std::size_t stimuli,
                     const RdmBootstrap& bootstrap) {
  const Contest contest(kind, subjects, stimuli);
  const Drawn drawn = bootstrap.drawn;
  if (bootstrap.draws < 2 || (drawn != Drawn::stimuli && subjects.size() < 2))
    throw InternalError("a bootstrap needs two draws, and two of what it draws");
  Draws draws;
  if (drawn != Drawn::subjects) draws.stimuli = values_of(contest, Drawn::stimuli, bootstrap);
  if (drawn != Drawn::stimuli) draws.subjects = values_of(contest, Drawn::subjects, bootstrap);
  if (drawn == Drawn::both) draws.both = values_of(contest, Drawn::both, bootstrap);
  const std::vector<double> at_all =
      contest.at(std::vector<int>(stimuli, 1), std::vector<int>(subjects.size(), 1));
  RdmScores scores;
  for (std::size_t a = 0; a < contest.models(); ++a) {
    const auto of = [&](double most, const auto& number) {
      return score_of(contest, draws, drawn, at_all, most, number);
    };
    scores.score.push_back(of(1, [&](const std::vector<double>& draw) { return draw[a]; }));
    auto& row = scores.difference.emplace_back();
    for (std::size_t b = 0; b < contest.models(); ++b)
      row.push_back(of(2, [&](const std::vector<double>& draw) { return draw[a] - draw[b]; }));
  }
  return scores;
}

RdmScore rdm_score(Similarity kind,
                   const Rdm& model,
                   const std::vector<Rdm>& subjects,
                   const RdmBootstrap& bootstrap) {
  return rdm_scores(kind, with_each({model}, subjects), stimuli_of(model), bootstrap).score[0];
}

RdmScore rdm_difference(Similarity kind,
                        const Rdm& model,
                        const Rdm& other,
                        const std::vector<Rdm>& subjects,
                        const RdmBootstrap& bootstrap) {
  return rdm_scores(kind, with_each({model, other}, subjects), stimuli_of(model), bootstrap)
      .difference[0][1];
}

}  // namespace insula::evaluation
