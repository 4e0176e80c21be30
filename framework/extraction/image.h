// SPDX-License-Identifier: Apache-2.0
// Pictures as a vision model looks at them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace insula::extraction {

/// A picture in red, green and blue, 0 to 255, row by row.
struct Image {
  std::size_t height = 0, width = 0;
  std::vector<std::uint8_t> pixels;  // height × width × 3
};

/// A PNG or JPEG file. Transparency is left out, as Pillow's convert("RGB") does; grey becomes
/// three equal channels.
/// errors  InputError (data), which names the file as `shown_as`
Image decode_image(std::string_view bytes, const std::string& shown_as);

enum class Resampling { bilinear, bicubic };

/// Separable resampling whose kernel is widened where it shrinks (so that nothing aliases), rounded
/// to whole values after the horizontal and after the vertical pass.
/// source  Pillow 11, Resample.c; cubic with a = −1/2: Keys 1981, IEEE Trans. ASSP 29:1153
Image resized(const Image& image, std::size_t height, std::size_t width, Resampling resampling);

/// What a preprocessor_config.json of Hugging Face says of an image processor.
struct ImagePreparation {
  std::optional<std::size_t> shortest_edge;  // kept in proportion
  std::size_t height = 0, width = 0;         // of the resized picture, without shortest_edge
  bool resizes = true;
  Resampling resampling = Resampling::bicubic;
  std::optional<std::array<std::size_t, 2>> crop;  // height and width, from the middle
  double scale = 1.0 / 255.0;
  std::array<double, 3> mean{0, 0, 0}, sd{1, 1, 1};
};

/// errors  InputError: no_input if the file cannot be read, data if it says what is not known here
ImagePreparation read_image_preparation(const std::string& path);

/// The picture as numbers: 3 × height × width, (scale · value − mean) / sd.
struct PreparedImage {
  std::size_t height = 0, width = 0;
  std::vector<float> numbers;
};
PreparedImage prepared(const Image& image, const ImagePreparation& preparation);

}  // namespace insula::extraction
