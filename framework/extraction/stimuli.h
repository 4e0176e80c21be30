// SPDX-License-Identifier: Apache-2.0
// Stimuli: listed in a table, and made into what a network takes.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "framework/base/error.h"
#include "framework/extraction/image.h"
#include "framework/extraction/network.h"
#include "framework/extraction/sound.h"
#include "framework/extraction/tokenizer.h"

namespace insula::extraction {

/// Stimuli as a table lists them, each once, in the order of first appearance.
struct StimulusList {
  std::vector<std::string> names;     // no two the same
  std::vector<std::string> contents;  // texts, or paths as the table writes them
  std::vector<Place> places;          // of the contents
};

/// `content` is the column of texts or paths and `key` the one that names them; an empty key: they
/// name themselves. Rows without a key are passed over.
/// errors  InputError: no_input if the file cannot be read, data for columns that there are not,
///         contents that are missing or not in UTF-8, and one name for two contents
StimulusList read_stimuli(const std::string& path,
                          const std::string& content,
                          const std::string& key);

/// Stimuli that a network can be fed with, in batches of any rows.
struct StimulusSet {
  std::vector<std::string> names;
  /// Tokens of each text; empty where all stimuli are alike. Rows of a batch have one length.
  std::vector<std::size_t> tokens;
  std::function<std::vector<Feed>(std::span<const std::size_t> rows)> feeds;
  std::string sha256;            // of all that the feeds depend on, the names too
  std::vector<std::size_t> cut;  // those that were longer than the tokenizer or spectrogram takes
  /// Of waveforms, samples; empty where all stimuli are alike. Rows of a batch have one length.
  std::vector<std::size_t> lengths = {};
};

/// Texts for a network with the inputs input_ids and, if it likes, attention_mask, token_type_ids
/// and position_ids, each stimuli × tokens.
/// errors  InputError (data) for other inputs, for texts longer than inputs of a fixed length, and
///         for tokens that the network does not know
StimulusSet text_stimuli(const StimulusList& list,
                         const Tokenizer& tokenizer,
                         const std::vector<Port>& inputs,
                         const std::string& network_file);

/// Pictures for a network with one input, stimuli × 3 × height × width. Paths are relative to the
/// folder of `list_file`. Files are read when they are fed, and once before for the hash.
/// errors  InputError: no_input for files that cannot be read, data for other inputs and for files
///         that are no pictures
StimulusSet image_stimuli(const StimulusList& list,
                          const std::string& list_file,
                          const ImagePreparation& preparation,
                          const std::vector<Port>& inputs,
                          const std::string& network_file);

/// Sounds for a network with one input of real numbers, stimuli × samples (and, if it likes, an
/// attention_mask), stimuli × bands × frames, or of a bank stimuli × frames × bands. Paths are
/// relative to the folder of `list_file`. Files are read when they are fed, and once before. errors
/// InputError: no_input for files that cannot be read, data for other inputs and for files
///         that are no WAV
StimulusSet sound_stimuli(const StimulusList& list,
                          const std::string& list_file,
                          const SoundPreparation& preparation,
                          const std::vector<Port>& inputs,
                          const std::string& network_file);

}  // namespace insula::extraction
