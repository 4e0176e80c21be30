// SPDX-License-Identifier: Apache-2.0
// Pictures as feeds.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "framework/dataset/file.h"
#include "framework/extraction/stimuli.h"

namespace insula::extraction {
namespace {

constexpr std::size_t kColours = 3;

// What all feeds are made from.
struct Pictures {
  std::vector<std::string> files;
  std::vector<Place> places;
  ImagePreparation preparation;
  std::string input;
  std::size_t height = 0, width = 0;  // of all when prepared
};

std::string size_of(std::size_t height, std::size_t width) {
  return std::to_string(height) + " x " + std::to_string(width);
}

PreparedImage prepared_picture(const Pictures& pictures, std::size_t row) {
  const std::string& file = pictures.files[row];
  return prepared(decode_image(dataset::read_bytes(file), file), pictures.preparation);
}

std::vector<Feed> picture_feeds(const Pictures& pictures, std::span<const std::size_t> rows) {
  std::vector<float> numbers;
  for (const std::size_t row : rows) {
    const PreparedImage image = prepared_picture(pictures, row);
    if (image.height != pictures.height || image.width != pictures.width) {
      throw InputError(Place{pictures.files[row], 0, 0, 0, ""},
                       "the prepared picture is " + size_of(image.height, image.width) +
                           " pixels, the first is " + size_of(pictures.height, pictures.width),
                       "a crop_size in the preprocessor's file makes all alike",
                       ExitCode::data);
    }
    numbers.insert(numbers.end(), image.numbers.begin(), image.numbers.end());
  }
  return {{pictures.input,
           {rows.size(), kColours, pictures.height, pictures.width},
           std::move(numbers)}};
}

void check_port(const std::vector<Port>& inputs, const std::string& file, Pictures& pictures) {
  const auto refuse_picture = [&](const std::string& why) {
    throw InputError(Place{file, 0, 0, 0, ""}, why, "", ExitCode::data);
  };
  if (inputs.size() != 1 || inputs[0].is_whole || inputs[0].shape.size() != 4 ||
      inputs[0].shape[1].value_or(kColours) != kColours) {
    refuse_picture(
        "the network takes no pictures: it needs one input of real numbers, stimuli x 3 x height x "
        "width");
  }
  pictures.input = inputs[0].name;
  const std::size_t height = inputs[0].shape[2].value_or(pictures.height);
  const std::size_t width = inputs[0].shape[3].value_or(pictures.width);
  if (height == pictures.height && width == pictures.width) return;
  refuse_picture("the network takes pictures of " + size_of(height, width) +
                 " pixels, but they are prepared as " + size_of(pictures.height, pictures.width));
}

}  // namespace

StimulusSet image_stimuli(const StimulusList& list,
                          const std::string& list_file,
                          const ImagePreparation& preparation,
                          const std::vector<Port>& inputs,
                          const std::string& network_file) {
  auto pictures = std::make_shared<Pictures>();
  pictures->preparation = preparation;
  const std::filesystem::path folder = std::filesystem::path(list_file).parent_path();
  nlohmann::json hashes;
  for (std::size_t i = 0; i < list.contents.size(); ++i) {
    const std::string file = (folder / list.contents[i]).string();
    try {
      hashes.push_back(dataset::sha256(dataset::read_bytes(file)));
    } catch (const InputError& error) {
      throw InputError(list.places[i],
                       "'" + file + "': " + error.mistakes().front().message,
                       "paths are relative to the folder of the table",
                       error.code());
    }
    pictures->files.push_back(file);
  }
  const PreparedImage first = prepared_picture(*pictures, 0);
  pictures->height = first.height;
  pictures->width = first.width;
  check_port(inputs, network_file, *pictures);
  StimulusSet set;
  set.names = list.names;
  set.sha256 = dataset::sha256(hashes.dump());
  set.feeds = [pictures = std::shared_ptr<const Pictures>(pictures)](
                  std::span<const std::size_t> rows) { return picture_feeds(*pictures, rows); };
  return set;
}

}  // namespace insula::extraction
