// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/rdm_comparison.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/evaluation/rank_correlation.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

std::vector<Eigen::Index> known_in(const std::vector<const Rdm*>& rdms) {
  std::vector<Eigen::Index> known;
  for (Eigen::Index i = 0; i < rdms.front()->size(); ++i) {
    bool all = true;
    for (const Rdm* rdm : rdms) all = all && std::isfinite((*rdm)[i]);
    if (all) known.push_back(i);
  }
  return known;
}

Rdm only(const Rdm& rdm, const std::vector<Eigen::Index>& pairs) {
  Rdm some(static_cast<Eigen::Index>(pairs.size()));
  for (std::size_t i = 0; i < pairs.size(); ++i) some[static_cast<Eigen::Index>(i)] = rdm[pairs[i]];
  return some;
}

// As the similarity sees it, up to shift and scale.
Rdm standardised(Similarity kind, const Rdm& rdm) {
  if (kind != Similarity::pearson) return ranks(rdm);
  const Rdm centred = rdm.array() - rdm.mean();
  const double squares = centred.squaredNorm();
  if (numerics::is_constant(squares, rdm.cwiseAbs().maxCoeff(), rdm.size()))
    return Rdm::Zero(rdm.size());
  return centred / std::sqrt(squares);
}

// What is pooled of ranks is not ranked again.
double similarity_to_pooled(Similarity kind, const Rdm& subject, const Rdm& pooled) {
  if (kind != Similarity::spearman) return similarity(kind, subject, pooled);
  const std::vector<Eigen::Index> known = known_in({&subject, &pooled});
  if (known.size() < 2) return kNaN;
  return numerics::correlation(ranks(only(subject, known)), only(pooled, known));
}

}  // namespace

const std::vector<std::string>& similarity_names() {
  static const std::vector<std::string> names{"pearson", "spearman", "kendall_tau_a"};
  return names;
}

std::string to_text(Similarity kind) { return similarity_names()[static_cast<std::size_t>(kind)]; }

Similarity similarity_of(const std::string& name) {
  const auto found = std::ranges::find(similarity_names(), name);
  if (found == similarity_names().end()) throw InternalError("there is no similarity " + name);
  return static_cast<Similarity>(found - similarity_names().begin());
}

double similarity(Similarity kind, const Rdm& a, const Rdm& b) {
  if (a.size() != b.size()) throw InternalError("two RDMs are of different stimuli");
  const std::vector<Eigen::Index> known = known_in({&a, &b});
  if (known.size() < 2) return kNaN;
  const Rdm x = only(a, known), y = only(b, known);
  switch (kind) {
    case Similarity::pearson: return numerics::correlation(x, y);
    case Similarity::spearman: return spearman(x, y);
    case Similarity::kendall_tau_a: break;
  }
  return kendall_tau_a(x, y);
}

Rdm pooled(Similarity kind, const std::vector<Rdm>& rdms) {
  if (rdms.empty()) throw InternalError("no RDM to pool");
  std::vector<const Rdm*> all;
  for (const Rdm& rdm : rdms) {
    if (rdm.size() != rdms.front().size()) throw InternalError("RDMs are of different stimuli");
    all.push_back(&rdm);
  }
  const std::vector<Eigen::Index> known = known_in(all);
  Rdm result = Rdm::Constant(rdms.front().size(), kNaN);
  if (known.empty()) return result;
  Rdm sum = Rdm::Zero(static_cast<Eigen::Index>(known.size()));
  for (const Rdm& rdm : rdms) sum += standardised(kind, only(rdm, known));
  sum /= static_cast<double>(rdms.size());
  for (std::size_t i = 0; i < known.size(); ++i)
    result[known[i]] = sum[static_cast<Eigen::Index>(i)];
  return result;
}

RdmCeiling rdm_ceiling(Similarity kind, const std::vector<Rdm>& subjects) {
  if (subjects.size() < 2) throw InternalError("a ceiling of RDMs needs two subjects");
  const Rdm of_all = pooled(kind, subjects);
  const auto n = static_cast<double>(subjects.size());
  RdmCeiling ceiling;
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    std::vector<Rdm> others;
    for (std::size_t other = 0; other < subjects.size(); ++other)
      if (other != s) others.push_back(subjects[other]);
    ceiling.lower += similarity_to_pooled(kind, subjects[s], pooled(kind, others)) / n;
    ceiling.upper += similarity_to_pooled(kind, subjects[s], of_all) / n;
  }
  return ceiling;
}

}  // namespace insula::evaluation
