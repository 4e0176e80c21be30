// SPDX-License-Identifier: Apache-2.0
// preprocessor_config.json: what is done to a picture, in this order: resize, crop, scale,
// normalise.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/base/error.h"
#include "framework/dataset/file.h"
#include "framework/extraction/image.h"

namespace insula::extraction {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestEdge = 16384;
constexpr std::size_t kColoursOfMean = 3;

class PreparationFile {
 public:
  explicit PreparationFile(const std::string& file)
      : file_(file), root_(json::parse(dataset::read_bytes(file), nullptr, false)) {}

  ImagePreparation read() const {
    if (!root_.is_object()) {
      fail("the file is no mapping in JSON, expected a preprocessor_config.json");
    }
    refuse_unknown();
    ImagePreparation result;
    result.resizes = flag("do_resize");
    if (result.resizes) read_size(result);
    if (flag("do_center_crop")) result.crop = sides("crop_size");
    if (!flag("do_rescale")) {
      result.scale = 1;
    } else if (const json factor = root_.value("rescale_factor", json(result.scale));
               factor.is_number()) {
      result.scale = factor.get<double>();
    } else {
      fail("'rescale_factor' must be a number");
    }
    if (flag("do_normalize")) {
      result.mean = channels("image_mean");
      result.sd = channels("image_std");
      for (const double sd : result.sd) {
        if (!(sd > 0)) fail("'image_std' must be positive");
      }
    }
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& why, const std::string& note = {}) const {
    throw InputError(Place{file_, 0, 0, 0, ""}, why, note, ExitCode::data);
  }

  bool flag(const char* key) const {
    const auto found = root_.find(key);
    if (found == root_.end() || found->is_null()) return false;
    if (!found->is_boolean()) fail("'" + std::string(key) + "' must be true or false");
    return found->get<bool>();
  }

  // Steps that are not known here would change the picture in silence.
  void refuse_unknown() const {
    const std::set<std::string> known{
        "do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb"};
    for (const auto& [key, value] : root_.items()) {
      const bool is_step = key.starts_with("do_") && !known.contains(key) && value == true;
      if (is_step || (key == "crop_pct" && !value.is_null())) {
        fail("'" + key + "' is a step that is not known here",
             "known are do_resize, do_center_crop, do_rescale, do_normalize and do_convert_rgb");
      }
    }
  }

  std::size_t edge(const json& in, const char* key) const {
    const auto found = in.find(key);
    if (found == in.end() || !found->is_number_unsigned() || *found == 0U ||
        *found > kLargestEdge) {
      fail("'" + std::string(key) + "' must be a whole number from 1 to " +
           std::to_string(kLargestEdge));
    }
    return found->get<std::size_t>();
  }

  std::array<std::size_t, 2> sides(const char* key) const {
    const auto found = root_.find(key);
    if (found != root_.end() && found->is_number()) return {edge(root_, key), edge(root_, key)};
    if (found == root_.end() || !found->is_object()) {
      fail("'" + std::string(key) + "' needs a height and a width");
    }
    return {edge(*found, "height"), edge(*found, "width")};
  }

  void read_size(ImagePreparation& result) const {
    const auto size = root_.find("size");
    if (size == root_.end() || !size->is_object()) {
      fail("'size' must say what it means",
           "{\"shortest_edge\": 224}, or {\"height\": 224, \"width\": 224}");
    }
    if (size->contains("shortest_edge")) {
      if (size->contains("longest_edge")) fail("'longest_edge' of 'size' is not known here");
      result.shortest_edge = edge(*size, "shortest_edge");
    } else {
      const auto both = sides("size");
      result.height = both[0];
      result.width = both[1];
    }
    // As Pillow counts its filters.
    const json filter = root_.value("resample", json());
    if (filter != 2 && filter != 3) {
      fail("'resample' is " + (filter.is_null() ? "missing" : filter.dump()) +
           ", expected 2 (bilinear) or 3 (bicubic)");
    }
    result.resampling = filter == 2 ? Resampling::bilinear : Resampling::bicubic;
  }

  std::array<double, 3> channels(const char* key) const {
    const auto found = root_.find(key);
    const auto is_number = [](const json& x) { return x.is_number(); };
    if (found == root_.end() || !found->is_array() || found->size() != kColoursOfMean ||
        !std::ranges::all_of(*found, is_number)) {
      fail("'" + std::string(key) + "' must be three numbers, for red, green and blue");
    }
    return {(*found)[0].get<double>(), (*found)[1].get<double>(), (*found)[2].get<double>()};
  }

  const std::string& file_;
  json root_;
};

}  // namespace

ImagePreparation read_image_preparation(const std::string& path) {
  return PreparationFile(path).read();
}

}  // namespace insula::extraction
