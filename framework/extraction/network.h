// SPDX-License-Identifier: Apache-2.0
// Networks that others trained, as files: what goes in, what can be looked at, and running them.
// Which library reads and runs the file is the business of a runtime, a function that is handed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace insula::extraction {

/// An input of a network. The first dimension counts stimuli.
struct Port {
  std::string name;
  std::vector<std::optional<std::size_t>> shape;  // nothing: any size
  bool is_whole = false;                          // of whole numbers, not of real ones
  /// Where the numbers choose rows of a table (of words), how many it has.
  std::optional<std::size_t> below = {};
};

/// A tensor that a network computes on its way.
struct Layer {
  std::string name;
  std::string shape;      // "? x ? x 384"
  std::string operation;  // that makes it, as the runtime calls it
  bool is_output = false;
};

/// What goes into one input for a batch of stimuli: product(shape) numbers, the last index fastest.
struct Feed {
  std::string input;
  std::vector<std::size_t> shape;
  std::variant<std::vector<std::int64_t>, std::vector<float>> numbers;
};

/// What a layer did with a batch of stimuli.
struct Activation {
  std::vector<std::size_t> shape;
  std::vector<float> numbers;
};

/// A network that is ready to compute some of its layers.
class Session {
 public:
  virtual ~Session() = default;
  /// The layers that were asked for, in that order. May be called from several threads; the numbers
  /// depend on the batch alone.
  /// errors  InputError (data) if the network cannot take the batch
  virtual std::vector<Activation> run(const std::vector<Feed>& feeds) = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  virtual const std::vector<Port>& inputs() const = 0;
  /// In the order of computation, with a name each; without constants and inputs.
  virtual const std::vector<Layer>& layers() const = 0;
  /// `layers` are names of layers(); at most `at_once` calls of run will be made at a time.
  virtual std::unique_ptr<Session> prepare(std::span<const std::string> layers,
                                           std::size_t at_once) const = 0;
};

/// A library that runs networks.
struct Runtime {
  std::string name;  // with its version; empty: there is none
  /// errors  InputError: no_input if the file cannot be read, data if it holds no network
  std::function<std::unique_ptr<Network>(const std::string& file)> open;
};

}  // namespace insula::extraction
