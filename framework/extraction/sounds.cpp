// SPDX-License-Identifier: Apache-2.0
// Sounds as feeds.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "framework/dataset/file.h"
#include "framework/extraction/stimuli.h"

namespace insula::extraction {
namespace {

// What all feeds are made from.
struct Sounds {
  std::vector<std::string> files;
  SoundPreparation preparation;
  std::string input;
  std::string mask;  // the name of an input that says where there is sound; empty: none
};

PreparedSound prepared_sound(const Sounds& sounds, std::size_t row) {
  const std::string& file = sounds.files[row];
  return prepared(decode_wav(dataset::read_bytes(file), file), sounds.preparation);
}

std::vector<Feed> sound_feeds(const Sounds& sounds, std::span<const std::size_t> rows) {
  std::vector<float> numbers;
  std::vector<std::size_t> shape{rows.size()};
  for (const std::size_t row : rows) {
    const PreparedSound sound = prepared_sound(sounds, row);
    if (shape.size() == 1) shape.insert(shape.end(), sound.shape.begin(), sound.shape.end());
    numbers.insert(numbers.end(), sound.numbers.begin(), sound.numbers.end());
  }
  std::vector<Feed> feeds{{sounds.input, shape, std::move(numbers)}};
  if (!sounds.mask.empty()) {  // sounds of a batch have one length, so that none is filled up
    feeds.push_back({sounds.mask, shape, std::vector<std::int64_t>(shape[0] * shape[1], 1)});
  }
  return feeds;
}

std::string form_of(const std::vector<std::optional<std::size_t>>& shape) {
  std::string text = "stimuli";
  for (std::size_t i = 1; i < shape.size(); ++i) {
    text += " x " + (shape[i] ? std::to_string(*shape[i]) : "?");
  }
  return text;
}

void read_sound_ports(const std::vector<Port>& inputs, const std::string& file, Sounds& sounds) {
  const std::size_t rank = sounds.preparation.mel || sounds.preparation.bank ? 3 : 2;
  const auto refuse_sound = [&](const std::string& why) {
    throw InputError(Place{file, 0, 0, 0, ""}, why, "", ExitCode::data);
  };
  for (const Port& port : inputs) {
    if (!port.is_whole && port.shape.size() == rank && sounds.input.empty()) {
      sounds.input = port.name;
    } else if (port.is_whole && rank == 2 && port.name == "attention_mask") {
      sounds.mask = port.name;
    } else {
      refuse_sound("the network has the input '" + port.name + "', " + form_of(port.shape) +
                   (port.is_whole ? " whole numbers" : " real numbers") +
                   ", which is not one that these sounds are made into: expected stimuli x " +
                   (rank == 2                ? "samples, real numbers, and 'attention_mask'"
                    : sounds.preparation.mel ? "bands x frames"
                                             : "frames x bands"));
    }
  }
  if (sounds.input.empty()) refuse_sound("the network has no input of sounds");
}

void check_shape(const Sounds& sounds,
                 const PreparedSound& sound,
                 const std::vector<Port>& inputs,
                 const Place& place) {
  for (const Port& port : inputs) {
    if (port.name != sounds.input) continue;
    for (std::size_t i = 0; i < sound.shape.size(); ++i) {
      const std::optional<std::size_t> wanted = port.shape[i + 1];
      if (!wanted || *wanted == sound.shape[i]) continue;
      throw InputError(
          place,
          "the network takes sounds of the form " + form_of(port.shape) + ", this one has " +
              std::to_string(sound.shape[0]) +
              (sound.shape.size() == 1  ? " samples"
               : sounds.preparation.mel ? " bands x " + std::to_string(sound.shape[1]) + " frames"
                                        : " frames x " + std::to_string(sound.shape[1]) + " bands"),
          "",
          ExitCode::data);
    }
  }
}

}  // namespace

StimulusSet sound_stimuli(const StimulusList& list,
                          const std::string& list_file,
                          const SoundPreparation& preparation,
                          const std::vector<Port>& inputs,
                          const std::string& network_file) {
  auto sounds = std::make_shared<Sounds>();
  sounds->preparation = preparation;
  read_sound_ports(inputs, network_file, *sounds);
  const std::filesystem::path folder = std::filesystem::path(list_file).parent_path();
  nlohmann::json hashes;
  StimulusSet set;
  set.names = list.names;
  for (std::size_t i = 0; i < list.contents.size(); ++i) {
    sounds->files.push_back((folder / list.contents[i]).string());
    PreparedSound sound;
    try {
      const std::string bytes = dataset::read_bytes(sounds->files.back());
      hashes.push_back(dataset::sha256(bytes));
      sound = prepared(decode_wav(bytes, sounds->files.back()), preparation);
    } catch (const InputError& error) {
      const Mistake& mistake = error.mistakes().front();
      throw InputError(
          list.places[i],
          "'" + sounds->files.back() + "': " + mistake.message,
          mistake.note.empty() ? "paths are relative to the folder of the table" : mistake.note,
          error.code());
    }
    check_shape(*sounds, sound, inputs, list.places[i]);
    if (sound.is_cut) set.cut.push_back(i);
    if (sound.shape.size() == 1) set.lengths.push_back(sound.shape[0]);
  }
  set.sha256 = dataset::sha256(hashes.dump());
  set.feeds = [sounds = std::shared_ptr<const Sounds>(sounds)](std::span<const std::size_t> rows) {
    return sound_feeds(*sounds, rows);
  };
  return set;
}

}  // namespace insula::extraction
