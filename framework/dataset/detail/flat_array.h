// SPDX-License-Identifier: Apache-2.0
// Arrays whose numbers lie one after the other: NumPy's and safetensors.
#pragma once

#include <memory>

#include "framework/dataset/array.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/number_type.h"

namespace insula::dataset::detail {

/// The array whose numbers fill `bytes` from `offset`; with `is_fortran` the first index is the
/// fastest. The caller has checked that they are there.
Array flat_array(ArrayFacts facts,
                 const NumberType& type,
                 bool is_fortran,
                 std::shared_ptr<const ByteSource> bytes,
                 std::size_t offset);

}  // namespace insula::dataset::detail
