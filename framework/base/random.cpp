// SPDX-License-Identifier: Apache-2.0
#include "framework/base/random.h"

#include <cmath>

#include "framework/base/error.h"

namespace insula {
namespace {

// Round multipliers and key increments of Philox4x32: Salmon et al. 2011, section 4.3 and table 2.
constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1
constexpr int kRounds = 10;

// FNV-1a, 64 bits: Fowler, Noll, Vo; draft-eastlake-fnv. Philox does the mixing; the hash only has
// to tell task names apart.
std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

std::uint32_t low_word(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high_word(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t p0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t p1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {high_word(p1) ^ counter[1] ^ key[0],
               low_word(p1),
               high_word(p0) ^ counter[3] ^ key[1],
               low_word(p0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

// The seed is the key; the task's hash fills the upper half of the counter and the block number the
// lower half, so streams of one seed never overlap.
Stream::Stream(std::uint64_t seed, std::string_view task) : key_{low_word(seed), high_word(seed)} {
  const std::uint64_t hash = name_hash(task);
  counter_ = {0, 0, low_word(hash), high_word(hash)};
}

std::uint64_t Stream::bits() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  const auto first = static_cast<std::size_t>(used_);
  used_ += 2;
  return std::uint64_t{block_[first]} | std::uint64_t{block_[first + 1]} << 32;
}

double Stream::uniform() {
  std::uint64_t numerator = 0;
  while (numerator == 0) numerator = bits() >> 11;
  return std::ldexp(static_cast<double>(numerator), -53);
}

double Stream::normal() { return normal_quantile(uniform()); }

std::uint64_t Stream::below(std::uint64_t n) {
  if (n == 0) throw InternalError("a random number below 0 was asked for");
  const std::uint64_t uneven = (0 - n) % n;  // 2^64 mod n: as many draws would favour small numbers
  std::uint64_t draw = bits();
  while (draw < uneven) draw = bits();
  return draw % n;
}

}  // namespace insula
