// SPDX-License-Identifier: Apache-2.0
// Values as bytes and back, number by number as they lie in memory: what is kept of a finished task
// is what it was to the last bit. Bytes are of one build of the program (schedule/store.h keys by
// it) and of machines that put low bytes first.
//
//     template <>
//     struct schedule::Fields<Step> {
//       static void of(auto&& visit, auto& x) { visit(x.time, x.value); }   // every member, or it
//     };                                                                     // does not compile
//     const std::string bytes = schedule::to_bytes(step);
//     const Step same = schedule::from_bytes<Step>(bytes);
#pragma once

#include <Eigen/Core>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "framework/schedule/field_count.h"

namespace insula::schedule {

static_assert(std::endian::native == std::endian::little);

/// Specialised for each struct: of(visit, x) calls visit(all members of x). What a pointer shows is
/// not kept: it is null in what is read.
template <class T>
struct Fields;

/// Bytes that are not what was written.
class Damaged : public std::runtime_error {
 public:
  Damaged() : std::runtime_error("the bytes of a value are damaged") {}
};

namespace detail {

template <class T>
constexpr bool kIsPlain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

class Writer {
 public:
  std::string bytes;

  template <class T>
  void put(const T& x) {
    if constexpr (kIsPlain<T>) {
      raw(&x, sizeof x);
    } else {
      Fields<T>::of(
          [this]<class... Member>(const Member&... member) {
            static_assert(sizeof...(Member) == field_count<T>());
            (put(member), ...);
          },
          x);
    }
  }
  void put(const std::string& x) {
    put(static_cast<std::uint64_t>(x.size()));
    raw(x.data(), x.size());
  }
  template <class T>
  void put(const std::vector<T>& x) {
    put(static_cast<std::uint64_t>(x.size()));
    for (const T& item : x) put(item);
  }
  template <class T>
  void put(const std::optional<T>& x) {
    put(x.has_value());
    if (x) put(*x);
  }
  template <class T>
  void put(const std::shared_ptr<T>&) {}
  template <class A, class B>
  void put(const std::pair<A, B>& x) {
    put(x.first);
    put(x.second);
  }
  template <class T, int rows, int columns>
  void put(const Eigen::Matrix<T, rows, columns>& x) {
    put(static_cast<std::int64_t>(x.rows()));
    put(static_cast<std::int64_t>(x.cols()));
    raw(x.data(), static_cast<std::size_t>(x.size()) * sizeof(T));
  }

 private:
  void raw(const void* from, std::size_t size) {
    bytes.append(static_cast<const char*>(from), size);
  }
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  bool at_end() const { return left_.empty(); }

  template <class T>
  void get(T& x) {
    if constexpr (kIsPlain<T>) {
      raw(&x, sizeof x);
    } else {
      Fields<T>::of([this](auto&... member) { (get(member), ...); }, x);
    }
  }
  void get(bool& x) {
    unsigned char byte = 0;
    raw(&byte, 1);
    if (byte > 1) throw Damaged();
    x = byte == 1;
  }
  void get(std::string& x) {
    x.resize(count(1));
    raw(x.data(), x.size());
  }
  template <class T>
  void get(std::vector<T>& x) {
    x.resize(count(1));  // the least that an item takes
    for (T& item : x) get(item);
  }
  template <class T>
  void get(std::optional<T>& x) {
    bool is_there = false;
    get(is_there);
    x.reset();
    if (is_there) get(x.emplace());
  }
  template <class T>
  void get(std::shared_ptr<T>& x) {
    x = nullptr;
  }
  template <class A, class B>
  void get(std::pair<A, B>& x) {
    get(x.first);
    get(x.second);
  }
  template <class T, int rows, int columns>
  void get(Eigen::Matrix<T, rows, columns>& x) {
    const std::uint64_t down = count(0), across = count(0);
    const std::uint64_t most = left_.size() / sizeof(T);
    if (down > 0 && across > most / down) throw Damaged();
    if ((rows != Eigen::Dynamic && down != static_cast<std::uint64_t>(rows)) ||
        (columns != Eigen::Dynamic && across != static_cast<std::uint64_t>(columns)))
      throw Damaged();
    x.resize(static_cast<Eigen::Index>(down), static_cast<Eigen::Index>(across));
    raw(x.data(), static_cast<std::size_t>(x.size()) * sizeof(T));
  }

 private:
  // A number of items of at least so many bytes each.
  std::uint64_t count(std::size_t bytes_each) {
    std::uint64_t n = 0;
    raw(&n, sizeof n);
    if (bytes_each > 0 ? n > left_.size() / bytes_each : n > (std::uint64_t{1} << 40))
      throw Damaged();
    return n;
  }
  void raw(void* to, std::size_t size) {
    if (size > left_.size()) throw Damaged();
    if (size == 0) return;  // an empty matrix has no data() to copy to
    std::memcpy(to, left_.data(), size);
    left_.remove_prefix(size);
  }

  std::string_view left_;
};

}  // namespace detail

template <class T>
std::string to_bytes(const T& value) {
  detail::Writer writer;
  writer.put(value);
  return std::move(writer.bytes);
}

/// errors  Damaged unless the bytes are those of one T
template <class T>
T from_bytes(std::string_view bytes) {
  detail::Reader reader(bytes);
  T value{};
  reader.get(value);
  if (!reader.at_end()) throw Damaged();
  return value;
}

}  // namespace insula::schedule
