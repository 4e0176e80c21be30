// SPDX-License-Identifier: Apache-2.0
// Every number of a fit as bytes, so that "the same" means the same to the last bit.
#pragma once

#include <string>

#include "framework/inference/fit.h"

namespace insula::inference::toys {

template <class Numbers>
void append(std::string& bytes, const Numbers& numbers) {
  bytes.append(reinterpret_cast<const char*>(numbers.data()), sizeof(double) * numbers.size());
}

inline std::string bytes_of(const Fit& fit) {
  std::string bytes = fit.reason;
  append(bytes, fit.mean);
  append(bytes, fit.covariance);
  append(bytes, fit.shrinkage);
  append(bytes, fit.start_free_energy);
  append(bytes,
         std::vector<double>{fit.free_energy.accuracy,
                             fit.free_energy.parameters,
                             fit.free_energy.hyperparameters,
                             fit.gradient_norm,
                             fit.pareto_k});
  for (const ChannelFit& c : fit.channels) {
    append(bytes,
           std::vector<double>{c.lambda, c.lambda_variance, c.zeta, c.zeta_variance, c.noise_sd});
    append(bytes, c.beta);
    append(bytes, c.beta_covariance);
    append(bytes, c.prediction);
    append(bytes, c.prediction_sd);
  }
  for (const ScoredFit& s : fit.scored) {
    append(bytes, s.predictor);
    append(bytes, s.predictor_sd);
    append(bytes, s.predictor_covariance);
    append(bytes, s.log_density);
  }
  append(bytes, fit.information);
  for (const Iteration& i : fit.iterations) {
    append(bytes, std::vector<double>{i.free_energy, i.predicted_gain, i.damping});
  }
  for (const WeakDirection& weak : fit.weak_directions) {
    bytes += weak.in_words;
    append(bytes, std::vector<double>{weak.ratio});
  }
  return bytes;
}

}  // namespace insula::inference::toys
