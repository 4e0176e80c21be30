// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/blas.h"

#include <unistd.h>

#include <cstdlib>

extern "C" char* openblas_get_corename(void);

namespace insula::numerics {

std::optional<std::string> fitting_core(std::string_view chosen, Isa isa) {
  const bool is_last_resort = chosen == "Prescott" || chosen == "prescott";
  if (is_last_resort && isa == Isa::avx512) return "SkylakeX";
  if (is_last_resort && isa == Isa::avx2) return "Haswell";
  return {};
}

void restart_with_fitting_core(char** argv) {
  constexpr const char* kVariable = "OPENBLAS_CORETYPE";
  if (std::getenv(kVariable) != nullptr) return;
  const std::optional<std::string> core = fitting_core(openblas_get_corename(), chosen_isa());
  if (!core || setenv(kVariable, core->c_str(), 1) != 0) return;
  execv("/proc/self/exe", argv);  // returns only if it cannot: then all is as before, but slower
}

}  // namespace insula::numerics
