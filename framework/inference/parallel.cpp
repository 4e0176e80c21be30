// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/parallel.h"

#include <tbb/parallel_for.h>

namespace insula::inference::detail {

void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work) {
  if (count == 1) return work(0);
  tbb::parallel_for(std::size_t{0}, count, work);
}

}  // namespace insula::inference::detail
