// SPDX-License-Identifier: Apache-2.0
// Representational dissimilarity matrices from patterns: a row a stimulus, a column a channel (a
// voxel, a neuron, a feature). What an RDM is, and how two are compared: rdm_comparison.h.
//
// errors  InternalError, in all functions, for fewer than two stimuli, for numbers that are not
//         finite, and where shapes do not fit
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/evaluation/rdm_comparison.h"

namespace insula::evaluation {

/// 1 − Pearson's correlation of the two patterns, 0 … 2; NaN if one of them is constant.
/// cost    O(stimuli² · channels)
Rdm correlation_rdm(const Eigen::MatrixXd& patterns);

/// The squared Euclidean distance over the number of channels: what crossnobis_rdm estimates under
/// white noise of variance 1, but with a bias of twice the noise's variance.
Rdm euclidean_rdm(const Eigen::MatrixXd& patterns);

/// The crossvalidated squared Mahalanobis distance over the number of channels: over all pairs of
/// partitions m ≠ l the mean of (xᵢ − xⱼ)ₘ P (xᵢ − xⱼ)ₗᵀ. Its expectation is the distance of the
/// true patterns: 0 between equal ones, so that estimates may be negative.
///
/// shape   partitions: independent measurements (runs, sessions), at least two, stimuli × channels
///         each; precision: channels × channels, of the noise within a partition
/// cost    O(partitions · stimuli² · channels²)
/// source  Walther et al. 2016, NeuroImage 137:188; Nili et al. 2014
Rdm crossnobis_rdm(const std::vector<Eigen::MatrixXd>& partitions,
                   const Eigen::MatrixXd& precision);

/// A covariance that has an inverse even if channels outnumber samples: (1 − s)·S + s·μ·I, where μ
/// is the mean variance and s, in 0 … 1, is estimated to make the expected squared error smallest.
struct ShrunkCovariance {
  Eigen::MatrixXd covariance;
  double shrinkage = 0;

  /// The inverse. errors  InternalError if there is no variance at all
  Eigen::MatrixXd precision() const;
};

/// `residuals`: samples × channels, what a model of the patterns left over (mean 0). `degrees` is
/// the number of degrees of freedom that they have: samples less the coefficients that were fitted.
/// errors  also InternalError unless 0 < degrees ≤ samples
/// source  Ledoit & Wolf 2004, J. Multivar. Anal. 88:365
ShrunkCovariance shrunk_covariance(const Eigen::MatrixXd& residuals, double degrees);

/// What is drawn with replacement: conclusions are about other stimuli, other subjects, or both.
enum class Drawn { stimuli, subjects, both };

struct RdmBootstrap {
  Drawn drawn = Drawn::both;
  int draws = 1000;
  std::uint64_t seed = 0;
  std::string task;  // key of the random streams
};

struct RdmScore {
  double value = 0;           // mean over subjects of the similarity
  double standard_error = 0;  // NaN unless two draws at least have a similarity
  double low = 0, high = 0;   // Student's 95 % interval
};

/// How like a model's RDM is to those of subjects, and how sure that is over other stimuli and
/// subjects. A pair of a stimulus with itself, which drawing makes, is left out: it is no
/// dissimilarity. Variances are those over draws times n / (n − 1). Drawing both counts the noise
/// of single pairs and subjects three times: with v_s, v_p and v_b of stimuli, subjects and both,
/// uncorrected, and c their n / (n − 1), the variance is c_s·v_s + c_p·v_p − c_s·c_p·(v_b − v_s −
/// v_p), not less than that of stimuli or subjects alone and not more than c_s·c_p·v_b. The
/// interval has the degrees of freedom of what is drawn, the fewer if it is both.
///
/// errors  InternalError for draws < 2, for fewer than two of what is drawn, and for sizes that are
///         no RDM's
/// cost    O(draws · subjects · pairs · log pairs), in parallel; the same bytes at any thread count
/// source  Nili et al. 2014; Schütt, Kipnis, Diedrichsen & Kriegeskorte 2023, eLife 12:e82566
RdmScore rdm_score(Similarity kind,
                   const Rdm& model,
                   const std::vector<Rdm>& subjects,
                   const RdmBootstrap& bootstrap);

/// The data of stimuli that were measured, and held out, together, and what models say of them.
struct RdmFold {
  std::vector<int> stimuli;  // from 0, ascending: which of all stimuli these are
  Rdm data;                  // of pairs of them
  std::vector<Rdm> models;   // of the same pairs, the same models in every fold
};
/// One subject's. Its similarity to a model is the mean over folds, by how many pairs are known in
/// both; folds that tell nothing are left out, and so are subjects without any.
using RdmFolds = std::vector<RdmFold>;

/// NaN if no fold tells anything.
double rdm_similarity(Similarity kind, const RdmFolds& subject, std::size_t model);

/// Of several models on the same draws, so that what is hard to predict for two cancels in their
/// difference.
struct RdmScores {
  std::vector<RdmScore> score;                    // [models]
  std::vector<std::vector<RdmScore>> difference;  // [models][models]: the one less the other
};

/// The same where models say something else of every subject, and of every part of the data. A pair
/// of stimuli counts only within a fold: what predicts one of them has then seen neither, whereas
/// predictions from different folds differ by the data that the other one trained on.
///
/// shape   subjects [subjects]; `stimuli`: how many there are in all
/// cost    O(draws · subjects · models · pairs · log pairs), in parallel; the same bytes at any
///         thread count
RdmScores rdm_scores(Similarity kind,
                     const std::vector<RdmFolds>& subjects,
                     std::size_t stimuli,
                     const RdmBootstrap& bootstrap);

/// The same for how much more like them one model's RDM is than another's, on the same draws.
RdmScore rdm_difference(Similarity kind,
                        const Rdm& model,
                        const Rdm& other,
                        const std::vector<Rdm>& subjects,
                        const RdmBootstrap& bootstrap);
}  // namespace insula::evaluation
