// SPDX-License-Identifier: Apache-2.0
// Resampling as Pillow does it, to the bit: models were trained on its pictures.
#include "framework/extraction/image.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"

namespace insula::extraction {
namespace {

constexpr std::size_t kRgb = 3;
constexpr std::size_t kLongestEdge = 65536;
// Weights are whole multiples of 2^-22: eight bits of the value and two of room are kept free.
constexpr int kWeightBits = 32 - 8 - 2;

struct Kernel {
  double reach;  // in pixels, where nothing shrinks
  double (*weight)(double);
};

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// What one pixel of the result is made of.
struct Taps {
  std::size_t first = 0;
  std::vector<std::int64_t> weights;
};

std::vector<Taps> taps_of(std::size_t from, std::size_t to, const Kernel& kernel) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double widening = std::max(scale, 1.0), reach = kernel.reach * widening;
  std::vector<Taps> all(to);
  for (std::size_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const double low = std::max(0.0, std::floor(centre - reach + 0.5));
    const auto first = static_cast<std::size_t>(low);
    const double high = std::floor(centre + reach + 0.5);
    const std::size_t last = std::min(from, static_cast<std::size_t>(high));
    std::vector<double> weights;
    double sum = 0;
    for (std::size_t j = first; j < last; ++j) {
      weights.push_back(kernel.weight((static_cast<double>(j) - centre + 0.5) / widening));
      sum += weights.back();
    }
    all[i].first = first;
    for (const double weight : weights) {
      const double scaled = (sum != 0 ? weight / sum : weight) * (1 << kWeightBits);
      all[i].weights.push_back(std::llround(scaled));
    }
  }
  return all;
}

// One value of the result, from a line whose values lie `stride` apart.
std::uint8_t tapped(const std::uint8_t* line, std::size_t stride, const Taps& taps) {
  std::int64_t sum = std::int64_t{1} << (kWeightBits - 1);
  for (std::size_t j = 0; j < taps.weights.size(); ++j) {
    sum += taps.weights[j] * line[(taps.first + j) * stride];
  }
  return static_cast<std::uint8_t>(
      std::clamp<std::int64_t>(sum >> kWeightBits, 0, std::int64_t{255}));
}

Image across(const Image& image, std::size_t width, const Kernel& kernel) {
  if (width == image.width) return image;
  const std::vector<Taps> taps = taps_of(image.width, width, kernel);
  Image result{image.height, width, std::vector<std::uint8_t>(image.height * width * kRgb)};
  for (std::size_t y = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      for (std::size_t c = 0; c < kRgb; ++c) {
        result.pixels[(y * width + x) * kRgb + c] =
            tapped(&image.pixels[y * image.width * kRgb + c], kRgb, taps[x]);
      }
    }
  }
  return result;
}

Image down(const Image& image, std::size_t height, const Kernel& kernel) {
  if (height == image.height) return image;
  const std::vector<Taps> taps = taps_of(image.height, height, kernel);
  const std::size_t row = image.width * kRgb;
  Image result{height, image.width, std::vector<std::uint8_t>(height * row)};
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < row; ++i) {
      result.pixels[y * row + i] = tapped(&image.pixels[i], row, taps[y]);
    }
  }
  return result;
}

Image fitted(const Image& image, const ImagePreparation& preparation) {
  if (!preparation.resizes) return image;
  std::size_t height = preparation.height, width = preparation.width;
  if (preparation.shortest_edge) {
    const std::size_t edge = *preparation.shortest_edge;
    const bool is_tall = image.width <= image.height;
    const std::size_t shorter = is_tall ? image.width : image.height;
    const std::size_t longer = is_tall ? image.height : image.width;
    const std::size_t other = edge * longer / shorter;  // rounded down, as there
    height = is_tall ? other : edge;
    width = is_tall ? edge : other;
    if (other > kLongestEdge) {
      throw InputError({},
                       "a picture of " + std::to_string(image.height) + " x " +
                           std::to_string(image.width) + " pixels is too narrow to be resized",
                       "",
                       ExitCode::data);
    }
  }
  return resized(image, height, width, preparation.resampling);
}

}  // namespace

Image resized(const Image& image, std::size_t height, std::size_t width, Resampling resampling) {
  const Kernel kernel = resampling == Resampling::bicubic ? Kernel{2, cubic} : Kernel{1, triangle};
  return down(across(image, width, kernel), height, kernel);
}

PreparedImage prepared(const Image& image, const ImagePreparation& preparation) {
  const Image whole = fitted(image, preparation);
  const std::size_t height = preparation.crop ? (*preparation.crop)[0] : whole.height;
  const std::size_t width = preparation.crop ? (*preparation.crop)[1] : whole.width;
  if (height > whole.height || width > whole.width) {
    throw InputError({},
                     "a picture of " + std::to_string(whole.height) + " x " +
                         std::to_string(whole.width) + " pixels cannot be cropped to " +
                         std::to_string(height) + " x " + std::to_string(width),
                     "let the preprocessor resize it first",
                     ExitCode::data);
  }
  const std::size_t top = (whole.height - height) / 2, left = (whole.width - width) / 2;
  PreparedImage result{height, width, std::vector<float>(kRgb * height * width)};
  for (std::size_t c = 0; c < kRgb; ++c) {
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t x = 0; x < width; ++x) {
        const double value = whole.pixels[((top + y) * whole.width + left + x) * kRgb + c];
        result.numbers[(c * height + y) * width + x] = static_cast<float>(
            (preparation.scale * value - preparation.mean[c]) / preparation.sd[c]);
      }
    }
  }
  return result;
}

}  // namespace insula::extraction
