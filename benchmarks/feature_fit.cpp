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
#include "benchmarks/timing.h"
#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/blas.h"
#include "framework/numerics/parallel.h"
#include "framework/numerics/statistics.h"
#include "framework/simulation/response.h"
#include "modules/catalogue.h"

namespace insula {
namespace {

constexpr int kScans = 900, kColumns = 500;
constexpr double kInterval = 2;  // s

enum class Seen { images, film };
bool is_shown(Seen seen, int scan) { return seen == Seen::film || scan % 2 == 0; }

using benchmark::timed;
using benchmark::timed_by_turns;
using benchmark::Timing;

architecture::Architecture watching(const std::string& yaml,
                                    const std::string& driven,
                                    const Catalogue& kinds,
                                    int columns = kColumns) {
  const std::string features = "features: {clip: {drives: [" + driven +
                               "], columns: " + std::to_string(columns) +
                               (columns == 1 ? ", prior: {scale: 1}" : "") + "}}\n";
  return architecture::parse(yaml + (driven.empty() ? "" : features), "benchmark.yaml", kinds);
}

std::vector<std::string> names_of(const auto& all) {
  std::vector<std::string> names;
  for (const auto& one : all) names.push_back(one.name);
  return names;
}

// Inputs are blocks but for that of images, the first.
dataset::Run run_of(const architecture::Architecture& plain,
                    Seen seen,
                    const Eigen::MatrixXd& features) {
  dataset::Run run;
  run.id = "run-1";
  run.duration = kInterval * kScans;
  const std::vector<std::string> inputs = names_of(plain.inputs);
  for (const std::string& name : inputs) {
    dataset::StepSignal s{name, "1", {}, {}};
    if (seen == Seen::images && name == inputs[0]) {
      for (int scan = 0; scan < kScans; ++scan) {
        s.onset.push_back(kInterval * scan);
        s.value.push_back(is_shown(seen, scan) ? 1 : 0);
      }
      run.inputs.push_back(std::move(s));
      continue;
    }
    Stream random(1, name);
    for (int b = 0; b < kScans / 8; ++b) {
      s.onset.push_back(8 * kInterval * b);
      s.value.push_back(random.uniform() < 0.5 ? 1 : 0);
    }
    run.inputs.push_back(std::move(s));
  }
  for (Eigen::Index c = 0; c < features.cols(); ++c) {
    dataset::StepSignal s{"clip[" + std::to_string(c + 1) + "]", "1", {}, {}};
    for (int scan = 0; scan < kScans; ++scan) {
      s.onset.push_back(kInterval * scan);
      s.value.push_back(features(scan, c));
    }
    run.inputs.push_back(std::move(s));
  }
  dataset::Recording bold;
  bold.name = bold.modality = "bold";
  bold.unit = "%";
  bold.interval = kInterval;
  bold.channels = names_of(plain.regions);
  bold.delay.assign(bold.channels.size(), kInterval / 2);
  bold.samples = Eigen::MatrixXd::Zero(kScans, static_cast<Eigen::Index>(bold.channels.size()));
  run.recordings = {bold};
  return run;
}

// As features of an experiment are: standardised, over the root of their number; 0 where nothing is
// shown.
Eigen::MatrixXd random_features(Seen seen) {
  Eigen::MatrixXd x(kScans, kColumns);
  Stream random(2, "features");
  for (double& value : x.reshaped()) value = random.normal();
  for (int scan = 0; scan < kScans; ++scan)
    if (!is_shown(seen, scan)) x.row(scan).setZero();
  return x / std::sqrt(static_cast<double>(kColumns));
}

struct Simulated {
  dataset::Subject subject{"s01", {}, {}};
  Eigen::VectorXd drive;  // by the features: scans
};

Simulated simulated(const architecture::Architecture& plain,
                    Seen seen,
                    const architecture::Architecture& architecture) {
  Simulated made;
  const Eigen::MatrixXd features = random_features(seen);
  dataset::Run run = run_of(plain, seen, features);
  const simulation::System system = simulation::compile(architecture);
  Stream random(7, "truth");
  Eigen::VectorXd truth = system.prior_mean(), weights(kColumns);
  Eigen::Index column = 0;
  for (std::size_t i = 0; i < system.free.size(); ++i) {
    const std::string& name = architecture.parameters[system.free[i]].name;
    double& value = truth[static_cast<Eigen::Index>(i)];
    if (name.starts_with("clip["))
      value = weights[column++] = 0.3 * random.normal();
    else if (std::ranges::any_of(plain.inputs,
                                 [&](const auto& u) { return name.starts_with(u.name + " "); }))
      value += 0.3;
    else
      value += 0.3 * architecture.parameters[system.free[i]].prior_sd * random.normal();
  }
  made.drive = features * weights;
  const simulation::Response response =
      simulation::respond(system, simulation::timeline(system, run), truth, false);
  if (!response.outcome.finished()) {
    std::fprintf(stderr, "the truth %s\n", to_text(response.outcome).c_str());
    std::exit(1);
  }
  for (Eigen::Index c = 0; c < run.recordings[0].samples.cols(); ++c) {
    const Eigen::VectorXd& y = response.value[static_cast<std::size_t>(c)];
    const double sd = std::sqrt((y.array() - y.mean()).square().mean()) / 3;  // SNR 3
    for (Eigen::Index i = 0; i < kScans; ++i)
      run.recordings[0].samples(i, c) = y[i] + sd * random.normal();
  }
  made.subject.runs = {std::move(run)};
  return made;
}

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
  const architecture::Architecture without = watching(yaml, "", kinds);
  const architecture::Architecture with = watching(yaml, without.regions[0].name, kinds);
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
    const auto single = watching(yaml, without.regions[0].name, kinds, 1);
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
