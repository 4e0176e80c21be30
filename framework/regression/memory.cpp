// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/memory.h"

#include <fmt/format.h>

#include <cstdlib>
#include <new>

#include "framework/base/error.h"

namespace insula::regression {

using Eigen::Index;

std::string bytes_text(std::size_t bytes) {
  double size = static_cast<double>(bytes);
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  for (; size >= 1024 && unit < 4; ++unit) size /= 1024;
  return fmt::format("{:.4g} {}", size, units[unit]);
}

void Memory::take(std::size_t bytes, const char* purpose) {
  const std::size_t now = used_ += bytes;
  if (now > limit_) {
    used_ -= bytes;
    throw MemoryExceeded({},
                         fmt::format("a regression may use {} of memory, but needs {} with {}",
                                     bytes_text(limit_),
                                     bytes_text(now),
                                     purpose),
                         "allow more memory, or use fewer features, rows or targets at a time");
  }
  if (whole_ != nullptr) whole_->take(bytes, purpose);
  std::size_t peak = peak_;
  while (peak < now && !peak_.compare_exchange_weak(peak, now)) {
  }
}

void Memory::give_back(std::size_t bytes) {
  used_ -= bytes;
  if (whole_ != nullptr) whole_->give_back(bytes);
}

namespace {

constexpr std::size_t kLine = 64;

template <typename T>
std::size_t buffer_bytes(Index rows, Index columns) {
  const std::size_t bytes = static_cast<std::size_t>(rows * columns) * sizeof(T);
  return (bytes + kLine - 1) / kLine * kLine;
}

}  // namespace

template <typename T>
Buffer<T>::Buffer(Memory& memory, Index rows, Index columns, const char* purpose)
    : memory_(memory), rows_(rows), columns_(columns) {
  const std::size_t bytes = buffer_bytes<T>(rows, columns);
  memory_.take(bytes, purpose);
  data_ = static_cast<T*>(std::aligned_alloc(kLine, bytes == 0 ? kLine : bytes));
  if (data_ == nullptr) {
    memory_.give_back(bytes);
    throw std::bad_alloc();
  }
}

template <typename T>
Buffer<T>::~Buffer() {
  std::free(data_);
  memory_.give_back(buffer_bytes<T>(rows_, columns_));
}

template class Buffer<float>;
template class Buffer<double>;

}  // namespace insula::regression
