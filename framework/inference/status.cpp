// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/fit.h"

namespace insula::inference {

std::string to_text(Fit::Status status) {
  switch (status) {
    case Fit::Status::converged: return "converged";
    case Fit::Status::iteration_limit: return "iteration limit";
    case Fit::Status::stalled: return "stalled";
    case Fit::Status::no_start: return "no start";
    case Fit::Status::interrupted: return "interrupted";
  }
  return "unknown";
}

}  // namespace insula::inference
