// SPDX-License-Identifier: Apache-2.0
// From stimuli and a network to a file of features.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "framework/extraction/network.h"
#include "framework/extraction/pooling.h"
#include "framework/extraction/stimuli.h"

namespace insula::extraction {

struct Extraction {
  std::vector<std::string> layers;  // of the network, each a tensor of the file
  Pooling pooling = Pooling::mean;
  bool is_normalised = false;  // each row is divided by its Euclidean length
  std::size_t batch = 16;      // the most stimuli at a time
  /// What else the numbers depend on, written into the file: hashes, versions.
  std::map<std::string, std::string> origin;
};

struct ExtractionWatch {
  std::function<void(std::size_t done, std::size_t total)> progress;  // stimuli
  std::function<bool()> stop;  // asked before each batch, from any thread
};

/// What an extraction came to.
struct Extracted {
  bool is_whole = false;  // else it was stopped, and OUT.partial holds what was done
  bool was_there = false;
  std::size_t done = 0;  // stimuli
};

/// Runs the stimuli through the network and writes `out`, a safetensors file with a float32 tensor
/// for each layer, a row a stimulus. Its metadata hold the names of the rows ("row_names", a
/// list in JSON), which feature bands of a dataset read, and how it was made. The bytes depend
/// neither on the number of threads nor on interruptions: what a killed extraction had done is in
/// OUT.partial, and the same call goes on from there. If `out` is there and of the same call,
/// nothing is done.
///
/// errors  InputError: usage for layers that there are not or that are named twice and for a file
///         of something else; data where a layer has no row a stimulus, rows of different width, or
///         numbers that are not finite
Extracted extract(const Network& network,
                  const std::string& network_file,
                  const StimulusSet& stimuli,
                  const Extraction& extraction,
                  const std::string& out,
                  const ExtractionWatch& watch);

}  // namespace insula::extraction
