// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/pooling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/error.h"

namespace insula::extraction {
namespace {

[[noreturn]] void refuse_layer(const std::string& layer,
                               const std::string& why,
                               const std::string& note = {}) {
  throw InputError({}, "layer '" + layer + "' " + why, note, ExitCode::data);
}

std::string shape_of(const Activation& activation) {
  std::string text;
  for (const std::size_t extent : activation.shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  }
  return text.empty() ? "a single number" : text;
}

// Features of one stimulus: `count` places, number f of place p at p·place_stride + f·step.
struct Grid {
  std::size_t count = 0, features = 0, place_stride = 0, step = 0;
};

float over_places(const float* numbers, const Grid& grid, std::size_t feature, Pooling pooling) {
  const auto at = [&](std::size_t place) {
    return numbers[place * grid.place_stride + feature * grid.step];
  };
  if (pooling == Pooling::first) return at(0);
  if (pooling == Pooling::last) return at(grid.count - 1);
  double sum = 0;
  float most = -std::numeric_limits<float>::infinity();
  for (std::size_t place = 0; place < grid.count; ++place) {
    sum += static_cast<double>(at(place));
    most = std::max(most, at(place));
  }
  return pooling == Pooling::max ? most : static_cast<float>(sum / static_cast<double>(grid.count));
}

Grid grid_of(const Activation& activation,
             std::span<const std::size_t> tokens,
             Pooling pooling,
             const std::string& layer) {
  const std::vector<std::size_t>& shape = activation.shape;
  if (shape.size() == 3) return {shape[1], shape[2], shape[2], 1};
  if (shape.size() == 4 && tokens.empty()) {
    if (pooling == Pooling::first || pooling == Pooling::last) {
      refuse_layer(layer,
                   "has channels of pictures and no tokens, so there is no first or last",
                   "pool by mean, max or flat");
    }
    return {shape[2] * shape[3], shape[1], 1, shape[2] * shape[3]};
  }
  refuse_layer(layer,
               "is " + shape_of(activation) + ", which can only be pooled flat",
               tokens.empty() ? "pool it flat" : "choose a layer of stimuli x tokens x features");
}

void check_rows(const std::vector<float>& rows, std::size_t stimuli, const std::string& layer) {
  const auto wrong = std::ranges::find_if(rows, [](float x) { return !std::isfinite(x); });
  if (wrong == rows.end()) return;
  const auto at = static_cast<std::size_t>(wrong - rows.begin());
  refuse_layer(layer,
               "has a number that is not finite for stimulus " +
                   std::to_string(at / (rows.size() / stimuli)) + " of the batch (from 0)");
}

}  // namespace

const std::vector<std::string>& pooling_names() {
  static const std::vector<std::string> kNames{"mean", "max", "first", "last", "flat"};
  return kNames;
}

std::vector<float> pooled_rows(const Activation& activation,
                               std::size_t stimuli,
                               std::span<const std::size_t> tokens,
                               Pooling pooling,
                               const std::string& layer) {
  const std::vector<std::size_t>& shape = activation.shape;
  if (shape.empty() || shape[0] < stimuli || activation.numbers.empty()) {
    refuse_layer(layer,
                 "is " + shape_of(activation) + " for " + std::to_string(stimuli) +
                     (stimuli == 1 ? " stimulus" : " stimuli") +
                     ", expected a row for each along its first dimension",
                 "`--list-layers` shows the shapes of all layers");
  }
  const std::size_t size = activation.numbers.size() / shape[0];
  std::vector<float> rows;
  if (shape.size() <= 2 || pooling == Pooling::flat) {
    rows.assign(activation.numbers.begin(),
                activation.numbers.begin() + static_cast<std::ptrdiff_t>(stimuli * size));
  } else {
    Grid grid = grid_of(activation, tokens, pooling, layer);
    for (std::size_t s = 0; s < stimuli; ++s) {
      if (!tokens.empty()) grid.count = std::min(tokens[s], shape[1]);
      const float* numbers = activation.numbers.data() + s * size;
      for (std::size_t f = 0; f < grid.features; ++f) {
        rows.push_back(over_places(numbers, grid, f, pooling));
      }
    }
  }
  check_rows(rows, stimuli, layer);
  return rows;
}

void normalise_rows(std::span<float> rows, std::size_t count) {
  const std::size_t width = count == 0 ? 0 : rows.size() / count;
  for (std::size_t r = 0; r < count; ++r) {
    const std::span<float> row = rows.subspan(r * width, width);
    double sum = 0;
    for (const float x : row) sum += static_cast<double>(x) * static_cast<double>(x);
    const double length = std::sqrt(sum);
    if (!(length > 0)) continue;
    for (float& x : row) x = static_cast<float>(static_cast<double>(x) / length);
  }
}

}  // namespace insula::extraction
