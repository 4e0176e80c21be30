// SPDX-License-Identifier: Apache-2.0
// The similarity of two RDMs on drawn stimuli, quick enough for thousands of draws: what is sorted
// is sorted once, and a pair that is drawn several times has a weight.
#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "framework/evaluation/rdm.h"

namespace insula::evaluation {

class DrawnSimilarity {
 public:
  DrawnSimilarity(Similarity kind, const std::vector<int>& stimuli, const Rdm& a, const Rdm& b);

  struct Value {
    double similarity = 0;  // NaN as similarity()
    double pairs = 0;       // drawn, and known in both
  };
  /// `count`: how often each of all stimuli is drawn. A pair of a stimulus with itself is left out.
  /// cost    O(pairs), of τ-a O(pairs · log pairs)
  Value on(const std::vector<int>& count) const;

 private:
  // One of the two, over the pairs that are known in both.
  struct Side {
    std::vector<double> value;
    std::vector<int> level;  // of its value among the different ones, from 0
    int levels = 0;
  };
  static Side side_of(const std::vector<double>& value);
  static std::vector<double> ranks_of(const Side& side, const std::vector<double>& weight);
  double correlation_of(const std::vector<double>& x,
                        const std::vector<double>& y,
                        const std::vector<double>& weight) const;
  double tau_of(const std::vector<double>& weight) const;

  Similarity kind_;
  std::vector<std::array<int, 2>> pair_;  // stimuli
  Side a_, b_;
  std::vector<std::size_t> order_;  // by the level of a
};

}  // namespace insula::evaluation
