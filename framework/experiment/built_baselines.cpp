// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/built_baselines.h"

#include <algorithm>
#include <array>

namespace insula::experiment {
namespace {

constexpr std::array<BuiltBaseline, 5> kBuilt{{
    {kLinearDcm,
     "The union of all hypotheses made linear: projections without modulation or gates, contexts "
     "driving the regions whose afferents they modulated.",
     "recordings, and trials whose terms name regions",
     "Friston, Harrison & Penny 2003, NeuroImage 19:1273, with B and D left out"},
    {kConstant,
     "The hypotheses' own densities of trials, every predictor the same in all trials.",
     "trials",
     "the null model of a regression"},
    {kLogistic,
     "Logistic regression of choices on every term that a hypothesis uses.",
     "choices",
     "McCullagh & Nelder 1989, Generalized Linear Models, ch. 4"},
    {kDdmRegression,
     "A diffusion each of whose predictors depends on every term that some hypothesis gives it.",
     "trials of kind 'ddm'",
     "Wiecki, Sofer & Frank 2013, Front. Neuroinform. 7:14"},
    {kTrialGlm,
     "The hypotheses' own densities of values and times, each predictor on every term that some "
     "hypothesis gives it.",
     "values and response times of trials",
     "McCullagh & Nelder 1989, Generalized Linear Models, ch. 2"},
}};

}  // namespace

std::span<const BuiltBaseline> built_baselines() { return kBuilt; }

const BuiltBaseline* find_built(std::string_view name) {
  const auto found = std::ranges::find(kBuilt, name, &BuiltBaseline::name);
  return found == kBuilt.end() ? nullptr : &*found;
}

}  // namespace insula::experiment
