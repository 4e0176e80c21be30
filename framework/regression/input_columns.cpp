// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/input_columns.h"

#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/numerics/hrf.h"
#include "framework/regression/kernel_columns.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

using numerics::HrfBasis;
constexpr HrfBasis kBasis[] = {HrfBasis::canonical, HrfBasis::temporal, HrfBasis::dispersion};
constexpr double kShortestBin = 2;  // s: the haemodynamic response has no finer detail
constexpr int kMostBins = 32;       // of other responses

double held_input(const BaselineInput& input, double time) {
  const auto next = std::upper_bound(input.onset.begin(), input.onset.end(), time);
  return next == input.onset.begin()
             ? 0
             : input.value[static_cast<std::size_t>(next - input.onset.begin() - 1)];
}

int columns_of(const InputForm& form) {
  switch (form.kind) {
    case InputForm::Kind::held: return 1;
    case InputForm::Kind::hrf: return 3;
    case InputForm::Kind::kernel: return 2;
    case InputForm::Kind::fir: break;
  }
  return form.bins;
}

MatrixXd columns_of_input(const BaselineInput& input,
                          const VectorXd& time,
                          const InputForm& form,
                          const Kernel& kernel) {
  if (form.kind == InputForm::Kind::kernel) return kernel_columns(kernel, input, time);
  MatrixXd columns(time.size(), columns_of(form));
  for (Index j = 0; j < columns.cols(); ++j) {
    if (form.kind == InputForm::Kind::hrf) {
      columns.col(j) = numerics::hrf_response(kBasis[j], input.onset, input.value, time);
      continue;
    }
    for (Index s = 0; s < time.size(); ++s) {
      const double end = time[s] - double(j) * form.width;
      columns(s, j) = form.kind == InputForm::Kind::held ? held_input(input, time[s])
                                                         : mean_input(input, end - form.width, end);
    }
  }
  return columns;
}

InputForm fir(double span, double width) {
  return {
      InputForm::Kind::fir, std::max(1, static_cast<int>(std::ceil(span / width - 1e-9))), width};
}

// At most kMostBins over `span` (s), each a whole number of intervals wide.
InputForm coarse_fir(double span, double interval) {
  const double intervals = std::max(1.0, std::ceil(span / kMostBins / interval - 1e-9));
  return fir(span, intervals * interval);
}

std::vector<InputForm> forms_of_counts(double memory, double interval) {
  const InputForm coarse = coarse_fir(memory, interval);
  if (coarse.width < 1.5 * interval) return {coarse};
  return {fir(kMostBins * interval, interval), coarse};
}

// From the start of a sample to what stands for it.
double moment(const BaselineRecording& recording, const BaselineRun& run, InputForm::Kind kind) {
  if (!recording.counts) return 0;
  return kind == InputForm::Kind::fir ? run.interval : run.interval / 2;
}

}  // namespace

std::string InputForm::text() const {
  switch (kind) {
    case Kind::held: return "inputs as they are";
    case Kind::hrf: return "HRF and derivatives";
    case Kind::kernel: return "kernel and derivative";
    case Kind::fir: break;
  }
  return "FIR of " + std::to_string(bins) + " x " + short_number(width) + " s";
}

double mean_input(const BaselineInput& input, double begin, double end) {
  const auto next = std::upper_bound(input.onset.begin(), input.onset.end(), begin);
  auto i = static_cast<std::size_t>(next - input.onset.begin());
  double sum = 0, from = begin, value = i == 0 ? 0 : input.value[i - 1];
  for (; i < input.onset.size() && input.onset[i] < end; ++i) {
    sum += value * (input.onset[i] - from);
    from = input.onset[i];
    value = input.value[i];
  }
  return (sum + value * (end - from)) / (end - begin);
}

Index column_count(const BaselineProblem& problem, const InputForm& form) {
  return static_cast<Index>(problem.runs[0].inputs.size()) * columns_of(form);
}

MatrixXd input_columns(const BaselineProblem& problem,
                       const std::vector<double>& delay,
                       const InputForm& form) {
  Index rows = 0, first = 0;
  for (const BaselineRun& run : problem.runs) rows += run.data.rows();
  const Index each = columns_of(form);
  MatrixXd columns(rows, column_count(problem, form));
  for (std::size_t r = 0; r < problem.runs.size(); ++r) {
    const BaselineRun& run = problem.runs[r];
    const Index n = run.data.rows();
    const double late = delay[r] + moment(problem.recording, run, form.kind);
    VectorXd time(n);
    for (Index s = 0; s < n; ++s) time[s] = run.start + double(s) * run.interval + late;
    for (std::size_t i = 0; i < run.inputs.size(); ++i) {
      columns.block(first, static_cast<Index>(i) * each, n, each) =
          columns_of_input(run.inputs[i], time, form, problem.recording.kernel);
    }
    first += n;
  }
  return columns;
}

std::vector<InputForm> input_forms(const BaselineProblem& problem) {
  const double interval = problem.runs[0].interval;
  const BaselineRecording& recording = problem.recording;
  if (recording.modality == "bold") {
    return {{InputForm::Kind::hrf, 0, 0},
            fir(numerics::kHrfLength, std::max(interval, kShortestBin))};
  }
  if (recording.counts) return forms_of_counts(recording.memory, interval);
  if (recording.kernel.at != nullptr) {
    return {{InputForm::Kind::kernel, 0, 0}, coarse_fir(recording.kernel.end, interval)};
  }
  return {{InputForm::Kind::held, 0, 0}, fir(8 * interval, interval), fir(32 * interval, interval)};
}

}  // namespace insula::regression
