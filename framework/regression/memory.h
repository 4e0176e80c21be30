// SPDX-License-Identifier: Apache-2.0
// A bound on memory that is kept: what large regressions allocate is counted here, and sized so
// that it fits.
#pragma once

#include <Eigen/Core>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "framework/base/error.h"
#include "framework/numerics/dense.h"

namespace insula::regression {

/// The bound that a user set does not suffice.
class MemoryExceeded : public InputError {
 public:
  using InputError::InputError;
};

/// Bytes that are in use, of at most `limit`. Threads may share it.
class Memory {
 public:
  explicit Memory(std::size_t limit) : limit_(limit) {}
  /// A share of another's memory, which counts it too.
  Memory(std::size_t limit, Memory& whole) : limit_(limit), whole_(&whole) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// errors  MemoryExceeded if that would exceed the limit; `purpose` says what for
  void take(std::size_t bytes, const char* purpose);
  void give_back(std::size_t bytes);
  std::size_t limit() const { return limit_; }
  std::size_t left() const { return limit_ - used_; }
  /// The most that was in use at any time.
  std::size_t peak() const { return peak_; }

 private:
  std::size_t limit_;
  Memory* whole_ = nullptr;
  std::atomic<std::size_t> used_{0}, peak_{0};
};

/// "2 GiB", "153.2 MiB"
std::string bytes_text(std::size_t bytes);

/// What so many numbers of type double take.
inline std::size_t bytes_of(Eigen::Index numbers) {
  return static_cast<std::size_t>(numbers) * sizeof(double);
}

/// A matrix that a Memory counts while it lives; its entries start undefined. They begin at a cache
/// line, so that sums do not depend on where the matrix happens to lie.
template <typename T>
class Buffer {
 public:
  Buffer(Memory& memory, Eigen::Index rows, Eigen::Index columns, const char* purpose);
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  Eigen::Map<numerics::Dense<T>> operator()() const { return {data_, rows_, columns_}; }
  T* data() const { return data_; }

 private:
  Memory& memory_;
  Eigen::Index rows_, columns_;
  T* data_;
};

/// Counts memory that something else owns, for as long as this lives.
class Counted {
 public:
  Counted(Memory& memory, std::size_t bytes, const char* purpose) : memory_(memory), bytes_(bytes) {
    memory_.take(bytes_, purpose);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { memory_.give_back(bytes_); }

 private:
  Memory& memory_;
  std::size_t bytes_;
};

}  // namespace insula::regression
