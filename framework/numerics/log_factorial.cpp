// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/log_factorial.h"

#include <math.h>  // lgamma_r is POSIX's, not the standard library's

namespace insula::numerics {

double log_factorial(double n) {
  int sign = 1;
  return lgamma_r(n + 1, &sign);
}

}  // namespace insula::numerics
