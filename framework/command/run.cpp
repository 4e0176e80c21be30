// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/run.h"

#include <chrono>
#include <ctime>
#include <filesystem>

#include "framework/command/command.h"
#include "framework/command/interruption.h"
#include "framework/command/outcome_text.h"
#include "framework/command/terminal.h"
#include "framework/dataset/file.h"
#include "framework/numerics/parallel.h"
#include "framework/report/html.h"
#include "modules/catalogue.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// ISO 8601 in UTC, to the second.
std::string now() {
  const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

// "  12 of 85   gated, fold 3   about 40 s left"
std::string progress_text(const experiment::Progress& progress, Clock::time_point start) {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  const auto done = static_cast<double>(progress.done);
  std::string text = std::to_string(progress.done) + " of " + std::to_string(progress.total) +
                     "   " + progress.task;
  if (progress.done > 0 && progress.done < progress.total) {
    const auto left = static_cast<double>(progress.total - progress.done);
    text += "   about " + duration_text(elapsed / done * left) + " left";
  }
  return text;
}

// Told before the work starts, so that it can be stopped.
void tell_doubts(const experiment::Experiment& experiment) {
  for (const Mistake& doubt : experiment::doubts(experiment)) print_warning(doubt);
}

report::Results compute(const experiment::Experiment& experiment,
                        const Catalogue& kinds,
                        bool is_quiet) {
  const std::string started = now();
  const Clock::time_point start = Clock::now();
  ProgressLine line(!is_quiet);
  line.show("fitting …");
  experiment::RunOptions options;
  options.progress = [&](const experiment::Progress& progress) {
    line.show(progress_text(progress, start));
  };
  options.stop = [] { return Interruption::is_asked(); };
  report::Results results = experiment::run(experiment, kinds, options);
  results.started = started;
  results.finished = now();
  return results;
}

}  // namespace

int run(const RunArguments& arguments) {
  set_threads(arguments.threads);
  const Catalogue kinds = catalogue();
  experiment::Experiment experiment = experiment::load(arguments.experiment, kinds);
  if (arguments.seed) experiment.seed = *arguments.seed;
  if (!arguments.quiet) tell_doubts(experiment);
  const std::string folder =
      arguments.out.empty() ? (fs::path("results") / experiment.name).string() : arguments.out;

  const Interruption interruption;
  const report::Results results = compute(experiment, kinds, arguments.quiet);
  const bool is_stopped = Interruption::is_asked();
  report::write(results, folder);
  report::write_html(folder);
  if (!arguments.quiet) print_error(doubtful_fits_text(results));
  if (arguments.json) {
    print(dataset::read_bytes((fs::path(folder) / "summary.json").string()) + "\n");
  } else if (!arguments.quiet) {
    print(outcome_text(results));
    print("\nThe report is " + (fs::path(folder) / "report.html").string() + "\n");
  }
  if (!is_stopped) return 0;
  print_error("insula: stopped; what had ended is in " + folder + "\n");
  return kInterrupted;
}

}  // namespace insula::command
