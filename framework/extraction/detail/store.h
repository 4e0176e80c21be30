// SPDX-License-Identifier: Apache-2.0
// The file of features while it is written.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace insula::extraction::detail {

/// What is to be written.
struct StorePlan {
  std::vector<std::string> layers;              // tensors, float32
  std::size_t rows = 0;                         // of each
  std::size_t batches = 0;                      // in which rows become known
  std::map<std::string, std::string> metadata;  // of the file
  std::string sha256;                           // of all that the numbers depend on
};

/// The file as it will be: its header, where the rows of each layer begin, and where it ends.
struct StoreLayout {
  std::vector<std::size_t> widths;  // of the rows of each layer
  std::string header;
  std::vector<std::size_t> begin;
  std::size_t end = 0;
};

/// A safetensors file that grows in OUT.partial: the file as it will be, then a byte for each batch
/// that says whether its rows are there. Rows reach the disk before their byte does, so that a
/// process that is killed loses only batches that were under way. A partial file of the same plan
/// is gone on with. OUT itself appears whole or not at all.
///
/// errors  InputError: usage if OUT or OUT.partial is of another plan or another process is writing
///         it, data if it cannot be written
class Store {
 public:
  Store(std::string out, StorePlan plan);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// OUT was there before, of this very plan.
  bool is_found() const { return is_found_; }
  bool has(std::size_t batch) const { return !done_.empty() && done_[batch]; }
  /// numbers[l] holds the rows of layer l, which are as wide as those of the batches before; false
  /// if they are not. From one thread at a time.
  bool write(std::size_t batch,
             std::span<const std::size_t> rows,
             const std::vector<std::vector<float>>& numbers);
  /// OUT.partial becomes OUT. All batches have been written.
  void finish();

 private:
  // An open file, which is closed and thereby unlocked.
  struct Descriptor {
    Descriptor() = default;
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number = -1;
    std::string unbegun;  // its path while nothing was written: then nothing is left
  };

  void resume();
  void create(const std::vector<std::size_t>& widths);
  void put(const void* bytes, std::size_t count, std::size_t at);
  void settle();

  std::string out_, partial_;
  StorePlan plan_;
  Descriptor file_;
  bool is_found_ = false;
  std::optional<StoreLayout> layout_;  // nothing: the widths are not yet known
  std::vector<bool> done_;
};

}  // namespace insula::extraction::detail
