// SPDX-License-Identifier: Apache-2.0
// How many members a plain struct has, so that a list of them that has become too short does not
// compile.
#pragma once

#include <cstddef>
#include <utility>

namespace insula::schedule {
namespace detail {

struct Anything {
  template <class T>
  operator T() const;  // never defined: only asked for in types
};

template <class T, std::size_t... index>
constexpr bool takes(std::index_sequence<index...>) {
  return requires { T{(static_cast<void>(index), Anything{})...}; };
}

}  // namespace detail

/// The most values that T{…} takes. T is an aggregate without bases and without arrays.
template <class T, std::size_t tried = 32>
constexpr std::size_t field_count() {
  if constexpr (tried == 0 || detail::takes<T>(std::make_index_sequence<tried>())) {
    return tried;
  } else {
    return field_count<T, tried - 1>();
  }
}

}  // namespace insula::schedule
