// SPDX-License-Identifier: Apache-2.0
// The fields of the tables of recovery (fields.h).
#pragma once

#include <concepts>
#include <type_traits>

#include "framework/report/results.h"

namespace insula::report {

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, RecoveryRow>
void fields(Visit&& visit, T& x) {
  visit("hypothesis", x.hypothesis);
  visit("drawn_from", x.drawn_from);
  visit("parameter", x.parameter);
  visit("data_sets", x.data_sets);
  visit("not_simulated", x.not_simulated);
  visit("not_converged", x.not_converged);
  visit("not_done", x.not_done);
  visit("n", x.n);
  visit("r", x.r);
  visit("bias", x.bias);
  visit("bias_low", x.bias_low);
  visit("bias_high", x.bias_high);
  visit("error_sd", x.error_sd);
  visit("posterior_sd", x.posterior_sd);
  visit("coverage", x.coverage);
  visit("coverage_low", x.coverage_low);
  visit("coverage_high", x.coverage_high);
  visit("rank_p", x.rank_p);
  visit("ranks_within", x.ranks_within);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, ModelRecoveryRow>
void fields(Visit&& visit, T& x) {
  visit("truth", x.truth);
  visit("fitted", x.fitted);
  visit("data_sets", x.data_sets);
  visit("left_out", x.left_out);
  visit("n", x.n);
  visit("best", x.best);
  visit("share", x.share);
  visit("low", x.low);
  visit("high", x.high);
  visit("probability", x.probability);
  visit("inverse", x.inverse);
  visit("kept", x.kept);
  visit("kept_share", x.kept_share);
  visit("kept_low", x.kept_low);
  visit("kept_high", x.kept_high);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, CalibrationRow>
void fields(Visit&& visit, T& x) {
  visit("hypothesis", x.hypothesis);
  visit("parameter", x.parameter);
  visit("from", x.from);
  visit("to", x.to);
  visit("n", x.n);
  visit("count", x.count);
  visit("low", x.low);
  visit("high", x.high);
  visit("below", x.below);
  visit("below_low", x.below_low);
  visit("below_high", x.below_high);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, RecoveryFitRow>
void fields(Visit&& visit, T& x) {
  visit("hypothesis", x.hypothesis);
  visit("drawn_from", x.drawn_from);
  visit("data_set", x.data_set);
  visit("subject", x.subject);
  visit("fitted", x.fitted);
  visit("status", x.status);
  visit("reason", x.reason);
  visit("log_evidence", x.log_evidence);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, RecoveryValueRow>
void fields(Visit&& visit, T& x) {
  visit("hypothesis", x.hypothesis);
  visit("drawn_from", x.drawn_from);
  visit("data_set", x.data_set);
  visit("status", x.status);
  visit("parameter", x.parameter);
  visit("truth", x.truth);
  visit("estimate", x.estimate);
  visit("sd", x.sd);
  visit("rank", x.rank);
}

}  // namespace insula::report
