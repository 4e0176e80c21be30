// SPDX-License-Identifier: Apache-2.0
// What do feature weights cost a fit?
//
// Three regions with a gate, or ten all connected, see 450 images, a scan each and a scan apart, or
// watch a film, for 30 minutes (900 scans, TR 2 s). The same hypothesis is fitted to the same data
// without features, and with 500 of them, a row for each image or for each scan of the film,
// driving the first region by weights under one learned scale. Data are simulated from known
// weights; the fits must converge, and the drive that the weights make together must be the true
// one's. The goal is a ratio below 5.
//
// Images come on and go off in both fits. What a film shows changes with every scan, which a fit
// without features does not see, so that its steps are twice as long: the film is fitted with one
// of its features, too, as others' regressors of a film's luminance are. And every fit of
// `insula run` is judged by its k̂, a thousand draws of the model: a third pair of fits has that.
//
// One warm-up, five runs by turns, median and median absolute deviation. `three` or `ten` as an
// argument runs one of them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "benchmarks/dcm_problems.h"
#include "benchmarks/feature_problems.h"
#include "benchmarks/timing.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/blas.h"
#include "framework/numerics/parallel.h"
#include "framework/numerics/statistics.h"
#include "modules/catalogue.h"

namespace insula {
namespace {

using benchmark::kColumns;
using benchmark::random_features;
using benchmark::Seen;
using benchmark::Simulated;
using benchmark::timed;
using benchmark::timed_by_turns;
using benchmark::Timing;
using benchmark::watching;

void report(const char* title,
            const experiment::FitProblem& assembled,
            const inference::Fit& fit,
            const Timing& whole) {
  const Timing jacobian = timed([&] { assembled.problem.evaluate(fit.mean, true); }, 5);
  std::printf("%s, %d free parameters\n", title, static_cast<int>(fit.mean.size()));
  std::printf("  fit      %9.2f ms  (± %.2f)  %s, %zu iterations, free energy %.1f\n",
              1e3 * whole.median,
              1e3 * whole.deviation,
              to_text(fit.status).c_str(),
              fit.iterations.size(),
              fit.free_energy.total());
  std::printf("  Jacobian %9.2f ms  (± %.2f)\n", 1e3 * jacobian.median, 1e3 * jacobian.deviation);
  if (!fit.converged()) {
    std::printf("  the fit did not converge: %s\n", fit.reason.c_str());
    std::exit(1);
  }
}

// Correlation of the drive that the fitted weights make with the true one.
double recovered(Seen seen,
                 const experiment::FitProblem& assembled,
                 const inference::Fit& fit,
                 const Eigen::VectorXd& drive) {
  Eigen::VectorXd weights(kColumns);
  Eigen::Index column = 0;
  for (std::size_t i = 0; i < assembled.problem.parameter.size(); ++i)
    if (assembled.problem.parameter[i].starts_with("clip["))
      weights[column++] = fit.mean[static_cast<Eigen::Index>(i)];
  return numerics::correlation(random_features(seen) * weights, drive);
}

void compare(const char* title, const std::string& yaml, Seen seen, const Catalogue& kinds) {
  std::printf("%s, %s\n", title, seen == Seen::images ? "images" : "film");
  const auto parsed = [&](const std::string& file) {
    return architecture::parse(file, "benchmark.yaml", kinds);
  };
  const architecture::Architecture without = parsed(yaml);
  const architecture::Architecture with = parsed(watching(yaml, without.regions[0].name));
  const Simulated made = simulated(without, seen, with);
  const auto plain = experiment::assemble(without, made.subject, {}, {});
  const auto featured = experiment::assemble(with, made.subject, {}, {});
  inference::Options alone, judged;
  judged.pareto_check = true;
  inference::Fit of_plain, of_one, fit;
  const auto [none, many] =
      timed_by_turns([&] { of_plain = inference::variational_laplace(plain->problem, alone); },
                     [&] { fit = inference::variational_laplace(featured->problem, alone); },
                     5);
  report("without features", *plain, of_plain, none);
  report("with 500 features of the first region", *featured, fit, many);
  std::printf("  the drive of the features is recovered with r = %.3f\n",
              recovered(seen, *featured, fit, made.drive));
  std::printf("  ratio %.2f (the goal is 5)\n", many.median / none.median);
  if (seen == Seen::film) {
    const auto single = parsed(watching(yaml, without.regions[0].name, 1));
    const auto with_one = experiment::assemble(single, made.subject, {}, {});
    const auto [one, all] =
        timed_by_turns([&] { of_one = inference::variational_laplace(with_one->problem, alone); },
                       [&] { fit = inference::variational_laplace(featured->problem, alone); },
                       5);
    report("with one feature", *with_one, of_one, one);
    std::printf("  ratio of 500 features to one %.2f\n", all.median / one.median);
  }
  const auto [none_judged, many_judged] =
      timed_by_turns([&] { of_plain = inference::variational_laplace(plain->problem, judged); },
                     [&] { fit = inference::variational_laplace(featured->problem, judged); },
                     5);
  std::printf(
      "with k of a thousand draws each, as every fit of a run: %.2f and %.2f ms, ratio %.2f\n",
      1e3 * none_judged.median,
      1e3 * many_judged.median,
      many_judged.median / none_judged.median);
}

}  // namespace
}  // namespace insula

int main(int count, char** words) {
  using namespace insula;
  numerics::restart_with_fitting_core(words);
  const Catalogue kinds = catalogue();
  std::printf("instruction set %s, %d threads\n", to_text(chosen_isa()).c_str(), threads());
  const std::string only = count > 1 ? words[1] : "";
  for (const Seen seen : {Seen::images, Seen::film}) {
    if (only.empty() || only == "three")
      compare("three regions, one gate", benchmark::three_regions(), seen, kinds);
    if (only.empty() || only == "ten")
      compare("ten regions, all connected", benchmark::ten_regions(), seen, kinds);
  }
}
