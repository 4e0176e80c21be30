// SPDX-License-Identifier: Apache-2.0
// Equations run millions of times: they must not touch the heap.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "modules/catalogue.h"
#include "tests/contract/named_maps.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
// Both sides are malloc's, which GCC does not see once sanitizers keep operator new apart.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace insula {
namespace {

TEST(EveryEquation, AllocatesNothing) {
  for (const Isa isa : available_isas()) {
    const Catalogue kinds = catalogue(isa);
    for (const test::NamedMap& named : test::named_maps(kinds)) {
      const Map& map = *named.map;
      const auto numbers = [](int n) {
        return std::vector<double>(static_cast<std::size_t>(n) * kLanes, 1.0);
      };
      const std::vector<double> state = numbers(map.states), input = numbers(map.inputs),
                                parameter = numbers(map.parameters);
      std::vector<double> out = numbers(map.outputs),
                          partial = numbers(map.outputs * map.arguments());
      const long before = allocations;
      map.evaluate(1, state.data(), input.data(), parameter.data(), out.data());
      map.linearise(1, state.data(), input.data(), parameter.data(), out.data(), partial.data());
      for (int o = 0; o < map.outputs; ++o) map.structure(o);
      EXPECT_EQ(allocations - before, 0) << named.name;
    }
  }
  EXPECT_GT(allocations, 0) << "the counter does not count";
}

}  // namespace
}  // namespace insula
