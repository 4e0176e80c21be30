// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/run.h"

#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "framework/command/command.h"
#include "framework/command/crate.h"
#include "framework/command/interruption.h"
#include "framework/command/outcome_text.h"
#include "framework/command/ranks.h"
#include "framework/command/terminal.h"
#include "framework/dataset/file.h"
#include "framework/numerics/parallel.h"
#include "framework/report/html.h"
#include "framework/schedule/store.h"
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
  const auto fitted = static_cast<double>(progress.done - progress.taken);
  std::string text = std::to_string(progress.done) + " of " + std::to_string(progress.total) +
                     "   " + progress.task;
  if (fitted > 0 && progress.done < progress.total) {
    const auto left = static_cast<double>(progress.total - progress.done);
    text += "   about " + duration_text(elapsed / fitted * left) + " left";
  }
  return text;
}

// Told before the work starts, so that it can be stopped.
void tell_doubts(const experiment::Experiment& experiment) {
  for (const Mistake& doubt : experiment::doubts(experiment)) print_warning(doubt);
}

// This program to the byte: fits of another may differ.
std::string this_program() { return dataset::sha256(dataset::read_bytes("/proc/self/exe")); }

// "2/4" as one that counts from 0.
experiment::Shard shard_of(const std::string& typed) {
  if (typed.empty()) return {};
  std::size_t index = 0, count = 0;
  const char* const end = typed.data() + typed.size();
  const auto first = std::from_chars(typed.data(), end, index);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '/') {
    const auto second = std::from_chars(first.ptr + 1, end, count);
    if (second.ec == std::errc() && second.ptr == end && 1 <= index && index <= count)
      return {index - 1, count};
  }
  throw InputError(
      Place{},
      "--shard must be INDEX/COUNT with an index from 1 to the count, got '" + typed + "'",
      "for example --shard 2/4",
      ExitCode::usage);
}

// Of several ranks the first one.
bool tells(const experiment::Shard& shard) { return !shard.is_rank || shard.index == 0; }

// What compute() and a shard share: progress, the wish to stop, and where fits are kept.
class Work {
 public:
  Work(const std::string& folder, const RunArguments& arguments, const experiment::Shard& shard)
      : store_(folder), line_(!arguments.quiet && tells(shard)), start_(Clock::now()) {
    line_.show("fitting …");
    options_.progress = [this](const experiment::Progress& progress) {
      progress_ = progress;
      line_.show(progress_text(progress, start_));
    };
    options_.stop = [] { return Interruption::is_asked(); };
    options_.store = &store_;
    options_.program = this_program();
    options_.shard = shard;
  }
  const experiment::RunOptions& options() const { return options_; }
  const experiment::Progress& progress() const { return progress_; }

 private:
  schedule::Store store_;
  ProgressLine line_;
  Clock::time_point start_;
  experiment::Progress progress_;
  experiment::RunOptions options_;
};

std::string counted_fits(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " fit" : " fits");
}

report::Results compute(const experiment::Experiment& experiment,
                        const Catalogue& kinds,
                        const RunArguments& arguments,
                        const experiment::Shard& shard,
                        const std::string& folder) {
  const std::string started = now();
  experiment::Progress progress;
  report::Results results;
  {
    const Work work(folder, arguments, shard);
    results = experiment::run(experiment, kinds, work.options());
    progress = work.progress();
  }
  if (progress.taken > 0 && !arguments.quiet)
    print_error("insula: " + counted_fits(progress.taken) + " of " +
                std::to_string(progress.total) + " had ended before and were found in " + folder +
                "\n");
  results.started = started;
  results.finished = now();
  return results;
}

int compute_shard(const experiment::Experiment& experiment,
                  const Catalogue& kinds,
                  const RunArguments& arguments,
                  const experiment::Shard& shard,
                  const std::string& folder) {
  std::size_t missing = 0;
  {
    const Work work(folder, arguments, shard);
    missing = experiment::run_shard(experiment, kinds, work.options());
  }
  const bool is_stopped = Interruption::is_asked();
  if (!arguments.quiet && !shard.is_rank)
    print_error(
        "insula: shard " + arguments.shard + (is_stopped ? " is stopped; " : " has ended; ") +
        (missing == 0
             ? "no fit is missing in "
             : counted_fits(missing) + (missing == 1 ? " is" : " are") + " still missing in ") +
        folder + "\n" +
        (missing == 0 ? "The same command without --shard makes the results.\n" : ""));
  return is_stopped ? kInterrupted : 0;
}

// What was typed and decides on bytes; of the path only the name, as files are named from there.
std::string command_text(const RunArguments& arguments) {
  return "insula run " + fs::path(arguments.experiment).filename().string() +
         (arguments.seed ? " --seed " + std::to_string(*arguments.seed) : "");
}

void publish(const report::Results& results,
             const RunArguments& arguments,
             const std::string& folder) {
  report::write(results, folder);
  report::write_html(folder);
  if (arguments.crate)
    write_crate(results, folder, command_text(arguments));
  else
    remove_crate(folder);
  if (!arguments.quiet) print_error(doubtful_fits_text(results));
  if (arguments.json) {
    print(dataset::read_bytes((fs::path(folder) / "summary.json").string()) + "\n");
  } else if (!arguments.quiet) {
    print(outcome_text(results));
    print("\nThe report is " + (fs::path(folder) / "report.html").string() + "\n");
  }
}

void refuse_crate_of_a_shard(const RunArguments& arguments) {
  if (arguments.crate && !arguments.shard.empty())
    throw InputError(Place{},
                     "--crate describes results, and a shard writes none",
                     "give it to the command without --shard, which makes the results",
                     ExitCode::usage);
}

}  // namespace

int run(const RunArguments& arguments) {
  shard_of(arguments.shard);  // before anything is read
  refuse_crate_of_a_shard(arguments);
  set_threads(arguments.threads);
  const Catalogue kinds = catalogue();
  experiment::Experiment experiment = experiment::load(arguments.experiment, kinds);
  if (arguments.seed) experiment.seed = *arguments.seed;
  // A part that was asked for is that part, whoever started it.
  const experiment::Shard shard =
      arguments.shard.empty() ? rank_of_launcher() : shard_of(arguments.shard);
  if (!arguments.quiet && tells(shard)) tell_doubts(experiment);
  const std::string folder =
      arguments.out.empty() ? (fs::path("results") / experiment.name).string() : arguments.out;

  const Interruption interruption;
  if (!arguments.shard.empty() || !tells(shard))
    return compute_shard(experiment, kinds, arguments, shard, folder);
  const report::Results results = compute(experiment, kinds, arguments, shard, folder);
  // Tables of all fits are worth more than those of some: a run that is stopped leaves them.
  const std::string finished = results.is_stopped ? report::when_finished(folder) : "";
  if (finished.empty()) publish(results, arguments, folder);
  if (!results.is_stopped) return 0;
  print_error("insula: stopped; what had ended is in " + folder +
              ", and the same command goes on from there\n");
  if (!finished.empty())
    print_error("The tables and the report there are still those of the run that ended at " +
                finished + "\n");
  return kInterrupted;
}

}  // namespace insula::command
