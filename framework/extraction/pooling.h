// SPDX-License-Identifier: Apache-2.0
// What a layer did, as one row of features for each stimulus.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "framework/extraction/network.h"

namespace insula::extraction {

/// Over the tokens of stimuli × tokens × features, or the places of stimuli × channels × height ×
/// width. `flat` keeps every number; first and last are tokens.
enum class Pooling { mean, max, first, last, flat };

/// The names of Pooling, in its order.
const std::vector<std::string>& pooling_names();

/// A row for each of the first `stimuli` entries of the activation, one after the other.
///
/// shape   tokens [stimuli]: how many of each count, the others being padding; empty: all
/// errors  InputError (data) for a shape that has no such rows, a pooling that it does not allow,
///         and numbers that are not finite; `layer` is named
std::vector<float> pooled_rows(const Activation& activation,
                               std::size_t stimuli,
                               std::span<const std::size_t> tokens,
                               Pooling pooling,
                               const std::string& layer);

/// Divides each row by its Euclidean length; rows of zeros stay.
void normalise_rows(std::span<float> rows, std::size_t count);

}  // namespace insula::extraction
