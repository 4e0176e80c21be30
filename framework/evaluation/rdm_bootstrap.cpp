// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/evaluation/rdm.h"
#include "framework/numerics/parallel.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;
using Draw = std::vector<std::size_t>;

std::size_t stimuli_of(const Rdm& rdm) {
  const auto n = static_cast<Index>(
      std::lround(0.5 * (1 + std::sqrt(1.0 + 8.0 * static_cast<double>(rdm.size())))));
  if (n < 2 || n * (n - 1) / 2 != rdm.size())
    throw InternalError("no number of stimuli has so many pairs");
  return static_cast<std::size_t>(n);
}

Draw all_of(std::size_t n) {
  Draw draw(n);
  std::iota(draw.begin(), draw.end(), std::size_t{0});
  return draw;
}

Draw drawn_of(std::size_t n, Stream& random) {
  Draw draw(n);
  for (std::size_t& one : draw) one = random.below(n);
  return draw;
}

// The RDM of drawn stimuli, without pairs of a stimulus with itself.
Rdm of_drawn(const Rdm& rdm, std::size_t stimuli, const Draw& draw) {
  std::vector<double> some;
  for (std::size_t a = 0; a < draw.size(); ++a)
    for (std::size_t b = a + 1; b < draw.size(); ++b) {
      const std::size_t i = std::min(draw[a], draw[b]), j = std::max(draw[a], draw[b]);
      if (i != j)
        some.push_back(rdm[static_cast<Index>(i * (2 * stimuli - i - 1) / 2 + j - i - 1)]);
    }
  return Eigen::Map<const Rdm>(some.data(), static_cast<Index>(some.size()));
}

// One model's mean similarity to drawn subjects on drawn stimuli, less that of another.
class Compared {
 public:
  Compared(Similarity kind,
           const Rdm& model,
           std::optional<Rdm> other,
           const std::vector<Rdm>& subjects)
      : kind_(kind), model_(model), other_(std::move(other)), subjects_(subjects) {
    if (subjects.empty()) throw InternalError("no subject to be like");
    stimuli_ = insula::evaluation::stimuli_of(model);
    for (const Rdm& subject : subjects)
      if (subject.size() != model.size()) throw InternalError("RDMs are of different stimuli");
    if (other_ && other_->size() != model.size())
      throw InternalError("RDMs are of different stimuli");
  }

  std::size_t stimuli() const { return stimuli_; }
  std::size_t subjects() const { return subjects_.size(); }

  double at(const Draw& stimuli, const Draw& subjects) const {
    const Rdm model = of_drawn(model_, stimuli_, stimuli);
    const Rdm other = other_ ? of_drawn(*other_, stimuli_, stimuli) : Rdm();
    // Drawn twice, a subject is compared once.
    std::vector<double> like(subjects_.size(), kNaN);
    double sum = 0;
    for (const std::size_t s : subjects) {
      if (std::isnan(like[s])) {
        const Rdm subject = of_drawn(subjects_[s], stimuli_, stimuli);
        like[s] = similarity(kind_, model, subject);
        if (other_) like[s] -= similarity(kind_, other, subject);
      }
      sum += like[s];
    }
    return sum / static_cast<double>(subjects.size());
  }

 private:
  Similarity kind_;
  const Rdm& model_;
  std::optional<Rdm> other_;
  const std::vector<Rdm>& subjects_;
  std::size_t stimuli_ = 0;
};

double correction(std::size_t n) { return static_cast<double>(n) / static_cast<double>(n - 1); }

// The variance over draws.
double variance_of(const Compared& compared, Drawn drawn, const RdmBootstrap& bootstrap) {
  const bool of_stimuli = drawn != Drawn::subjects, of_subjects = drawn != Drawn::stimuli;
  std::vector<double> value(static_cast<std::size_t>(bootstrap.draws));
  parallel_for(value.size(), [&](std::size_t d) {
    Stream random(
        bootstrap.seed,
        bootstrap.task + "/" + std::to_string(static_cast<int>(drawn)) + "/" + std::to_string(d));
    const Draw stimuli =
        of_stimuli ? drawn_of(compared.stimuli(), random) : all_of(compared.stimuli());
    const Draw subjects =
        of_subjects ? drawn_of(compared.subjects(), random) : all_of(compared.subjects());
    value[d] = compared.at(stimuli, subjects);
  });
  std::erase_if(value, [](double v) { return std::isnan(v); });
  if (value.size() < 2) return kNaN;
  double mean = 0, squares = 0;
  for (const double v : value) mean += v / static_cast<double>(value.size());
  for (const double v : value) squares += (v - mean) * (v - mean);
  return squares / static_cast<double>(value.size() - 1);
}

RdmScore score_of(const Compared& compared, const RdmBootstrap& bootstrap) {
  const std::size_t stimuli = compared.stimuli(), subjects = compared.subjects();
  const bool of_stimuli = bootstrap.drawn != Drawn::subjects;
  const bool of_subjects = bootstrap.drawn != Drawn::stimuli;
  if (bootstrap.draws < 2 || (of_subjects && subjects < 2))
    throw InternalError("a bootstrap needs two draws, and two of what it draws");
  const auto variance = [&](Drawn drawn) { return variance_of(compared, drawn, bootstrap); };
  const double c_stimuli = correction(stimuli), c_subjects = correction(subjects);
  double v = 0;
  if (!of_subjects) {
    v = c_stimuli * variance(Drawn::stimuli);
  } else if (!of_stimuli) {
    v = c_subjects * variance(Drawn::subjects);
  } else {
    const double v_s = variance(Drawn::stimuli), v_p = variance(Drawn::subjects);
    const double v_b = variance(Drawn::both), c_both = c_stimuli * c_subjects;
    v = c_stimuli * v_s + c_subjects * v_p - c_both * (v_b - v_s - v_p);
    v = std::max(std::min(v, c_both * v_b), std::max(c_stimuli * v_s, c_subjects * v_p));
  }
  const std::size_t fewest = !of_subjects  ? stimuli
                             : !of_stimuli ? subjects
                                           : std::min(stimuli, subjects);
  RdmScore score;
  score.value = compared.at(all_of(stimuli), all_of(subjects));
  score.standard_error = std::sqrt(v);
  const double half =
      numerics::student_quantile(0.975, static_cast<int>(fewest) - 1) * score.standard_error;
  score.low = score.value - half;
  score.high = score.value + half;
  return score;
}

}  // namespace

RdmScore rdm_score(Similarity kind,
                   const Rdm& model,
                   const std::vector<Rdm>& subjects,
                   const RdmBootstrap& bootstrap) {
  return score_of(Compared(kind, model, std::nullopt, subjects), bootstrap);
}

RdmScore rdm_difference(Similarity kind,
                        const Rdm& model,
                        const Rdm& other,
                        const std::vector<Rdm>& subjects,
                        const RdmBootstrap& bootstrap) {
  return score_of(Compared(kind, model, other, subjects), bootstrap);
}

}  // namespace insula::evaluation
