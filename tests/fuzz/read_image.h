// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "framework/dataset/detail/images.h"

namespace insula::fuzz {

/// Goes through an image from its beginning. Formats that pack may say that a few bytes are many
/// numbers, so that some blocks of no more than 4M numbers must do.
inline void read_image(const dataset::detail::ImageSource& image) {
  if (image.block() > (std::size_t{1} << 22)) return;
  std::vector<double> block(image.block());
  image.restart();
  for (std::size_t b = 0; b < std::min<std::size_t>(image.blocks(), 16); ++b) image.next(block);
}

/// The regions' means, and their eigenvariates if the numbers are few.
inline void take_regions(const dataset::detail::ImageSource& image,
                         const dataset::detail::PlaceLabels& labels,
                         const std::string& path) {
  const std::size_t most = std::size_t{1} << 18;
  if (image.times > most / std::max<std::size_t>(image.places, 1)) return;
  dataset::detail::regional_series(image, labels, false, path);
  if (image.times <= 256) dataset::detail::regional_series(image, labels, true, path);
}

}  // namespace insula::fuzz
