// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/isa.h"

#include <algorithm>
#include <cstdlib>

#include "framework/base/error.h"
#include "framework/base/text.h"

namespace insula {

std::string to_text(Isa isa) {
  return isa == Isa::portable ? "portable" : isa == Isa::avx2 ? "avx2" : "avx512";
}

std::vector<Isa> available_isas() {
  std::vector<Isa> isas{Isa::portable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) isas.push_back(Isa::avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    isas.push_back(Isa::avx512);
#endif
  return isas;
}

Isa chosen_isa() {
  const std::vector<Isa> isas = available_isas();
  const char* wish = std::getenv("INSULA_SIMD");
  if (wish == nullptr) return isas.back();
  std::vector<std::string> names;
  for (const Isa isa : isas) names.push_back(to_text(isa));
  const auto found = std::find(names.begin(), names.end(), wish);
  if (found == names.end())
    throw InputError({},
                     "INSULA_SIMD is '" + std::string(wish) +
                         "', but this machine can run: " + join(names, ", "),
                     "unset it to use the best of them",
                     ExitCode::usage);
  return isas[static_cast<std::size_t>(found - names.begin())];
}

}  // namespace insula
