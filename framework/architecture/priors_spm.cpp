// SPDX-License-Identifier: Apache-2.0
// Where SPM's priors are not the kinds' defaults. The others are: A off the diagonal (mean 1/128,
// variance 1/64), B, C and D (0, 1), transit, decay and epsilon (0, 1/256).
// Source: SPM, spm_dcm_fmri_priors.
#include <array>

#include "framework/architecture/detail/table.h"

namespace insula::architecture::detail {
namespace {

struct Row {
  std::string_view kind, field;
  ThetaPrior prior;
};

constexpr std::array kRows{
    // SPM gives the diagonal of A the mean of the rest of A, so its self-inhibition is
    // exp(1/128)/2 per second before any data.
    Row{"neuronal", "self_inhibition", {1.0 / 128, 0.125}},
};

}  // namespace

std::optional<ThetaPrior> spm_prior(std::string_view kind, std::string_view field) {
  for (const Row& row : kRows) {
    if (row.kind == kind && row.field == field) return row.prior;
  }
  return {};
}

}  // namespace insula::architecture::detail
