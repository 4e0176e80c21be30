// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/tasks.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "framework/base/text.h"
#include "framework/experiment/detail/fit_models.h"
#include "framework/experiment/detail/kept_parts.h"
#include "framework/numerics/parallel.h"
#include "framework/schedule/archive.h"

namespace insula::experiment {
namespace {

using Clock = std::chrono::steady_clock;

void put(RunData& data, std::size_t model, std::size_t subject, std::size_t p, PartResult part) {
  part.summary.subject = data.experiment.dataset.subjects[subject].id;
  part.summary.fold = p == 0 ? "full" : data.folds[subject][p - 1].name;
  data.models[model].parts[subject][p] = std::move(part);
}

void put(RunData& data, const Task& task, GroupPart part) {
  for (std::size_t s = 0; s < part.subjects.size(); ++s)
    put(data, task.model, s, task.part, std::move(part.subjects[s]));
  if (task.part > 0) return;
  part.group.summary.subject = "all";
  part.group.summary.fold = "full";
  data.models[task.model].group = std::move(part.group);
}

// What a store does not keep of trials: the problem that they were assembled to.
void assemble_again(const RunData& data, const Task& task, std::size_t subject, PartResult& part) {
  if (part.trials.empty()) return;
  const auto problem = problem_of(data, data.models[task.model], subject, task.part);
  if (part.trials.size() != problem->trials.size()) throw schedule::Damaged();
  for (std::size_t k = 0; k < part.trials.size(); ++k)
    part.trials[k].problem = outliving(*problem->trials[k]);
}

void take(RunData& data, const Task& task, const std::string& bytes) {
  if (task.subject != kAllSubjects) {
    PartResult part = part_from_bytes(bytes);
    assemble_again(data, task, task.subject, part);
    put(data, task.model, task.subject, task.part, std::move(part));
    return;
  }
  GroupPart part = group_part_from_bytes(bytes);
  if (part.subjects.size() != data.experiment.dataset.subjects.size()) throw schedule::Damaged();
  for (std::size_t s = 0; s < part.subjects.size(); ++s)
    assemble_again(data, task, s, part.subjects[s]);
  put(data, task, std::move(part));
}

// False if the store does not have it, or damaged: then it is done again.
bool take(RunData& data,
          const Task& task,
          const schedule::PlannedTask& planned,
          const schedule::Store& store) {
  const std::optional<std::string> bytes = store.find(planned.key);
  if (!bytes) return false;
  try {
    take(data, task, *bytes);
    return true;
  } catch (const schedule::Damaged&) {
    return false;
  }
}

schedule::FinishedTask finished(const report::FitSummary& summary,
                                Clock::time_point start,
                                std::string bytes) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return {summary.status, summary.reason, seconds, std::move(bytes)};
}

// What is stopped half way is not kept.
void fit(RunData& data,
         const Task& task,
         const schedule::PlannedTask* planned,
         const RunOptions& options) {
  const ModelRun& model = data.models[task.model];
  const Clock::time_point start = Clock::now();
  if (task.subject != kAllSubjects) {
    PartResult part = model.architecture
                          ? fit_subject(data, model, task.subject, task.part, options)
                          : fit_baseline(data, model, task.subject, task.part);
    if (planned && part.done)
      options.store->keep(*planned, finished(part.summary, start, to_bytes(part)));
    put(data, task.model, task.subject, task.part, std::move(part));
    return;
  }
  GroupPart part = fit_all_subjects(data, model, task.part, options);
  bool is_done = true;
  for (const PartResult& one : part.subjects) is_done &= one.done;
  if (planned && is_done)
    options.store->keep(*planned, finished(part.group.summary, start, to_bytes(part)));
  put(data, task, std::move(part));
}

}  // namespace

std::vector<Task> make_tasks(RunData& data) {
  const Experiment& e = data.experiment;
  std::vector<Task> tasks;
  for (std::size_t m = 0; m < data.models.size(); ++m) {
    for (const auto& folds : data.folds) data.models[m].parts.emplace_back(folds.size() + 1);
    if (e.subjects != Subjects::separate && data.models[m].architecture) {
      for (std::size_t p = 0; p <= data.folds[0].size(); ++p) tasks.push_back({m, kAllSubjects, p});
      continue;
    }
    for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s)
      for (std::size_t p = 0; p <= data.folds[s].size(); ++p) tasks.push_back({m, s, p});
  }
  return tasks;
}

std::string name_of(const RunData& data, const Task& task) {
  const auto& subjects = data.experiment.dataset.subjects;
  std::string name = data.models[task.model].name;
  if (task.subject != kAllSubjects && subjects.size() > 1) name += ", " + subjects[task.subject].id;
  name += task.part == 0 ? ", all data" : ", fold " + std::to_string(task.part);
  if (data.corruption)
    name += ", " + name_of(*data.corruption->counterfactual) + " " +
            short_number(data.corruption->strength);
  return name;
}

void Telling::tell(const std::string& task, bool is_taken) {
  if (!options_.progress) return;
  const std::lock_guard lock(mutex_);
  ++progress_.done;
  progress_.taken += is_taken ? 1 : 0;
  progress_.task = task;
  options_.progress(progress_);
}

void share_out(std::size_t count,
               const std::vector<schedule::PlannedTask>& planned,
               std::size_t first,
               const RunOptions& options,
               const DoTask& do_task) {
  const Shard& shard = options.shard;
  std::vector<char> is_done(count, 0);
  const auto is_stopped = [&] { return options.stop && options.stop(); };
  // Each rank begins elsewhere, so that they seldom ask for the same task.
  const std::size_t begin = shard.is_rank ? count * shard.index / shard.count : 0;
  const auto go_round = [&] {
    parallel_for(count, [&](std::size_t i) {
      const std::size_t t = (begin + i) % count;
      if (is_done[t] || is_stopped()) return;
      is_done[t] = do_task(t, [&] {
        return shard.is_rank ? options.store->claim(planned[t].key)
                             : (first + t) % shard.count == shard.index;
      });
    });
  };
  go_round();
  // The first waits for what others are at, and takes over from those that have died.
  while (shard.is_rank && shard.index == 0 && !is_stopped() &&
         std::ranges::find(is_done, 0) != is_done.end()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    go_round();
  }
}

void do_tasks(Batch& batch, std::size_t first, const RunOptions& options, Telling& telling) {
  RunData& data = *batch.data;
  share_out(
      batch.tasks.size(), batch.planned, first, options, [&](std::size_t t, const auto& is_mine) {
        const Task& task = batch.tasks[t];
        const bool is_taken = options.store && take(data, task, batch.planned[t], *options.store);
        if (!is_taken && !is_mine()) return false;
        if (!is_taken) fit(data, task, options.store ? &batch.planned[t] : nullptr, options);
        telling.tell(name_of(data, task), is_taken);
        return true;
      });
}

void fit_to_all_data(RunData& data, const RunOptions& options) {
  Batch missing{&data, {}, {}};
  for (std::size_t h = 0; h < data.experiment.hypotheses.size(); ++h) {
    const bool is_shared = data.experiment.subjects != Subjects::separate;
    for (std::size_t s = 0; s < data.models[h].parts.size(); ++s) {
      if (!data.models[h].parts[s][0].done)
        missing.tasks.push_back({h, is_shared ? kAllSubjects : s, 0});
      if (is_shared) break;  // all of them in one fit
    }
  }
  if (missing.tasks.empty() || (options.stop && options.stop())) return;
  if (options.store) missing.planned = plan(data, missing.tasks, options.program);
  RunOptions silent = options;
  silent.progress = {};
  silent.shard = {};
  Telling nobody(silent, missing.tasks.size());
  do_tasks(missing, 0, silent, nobody);
}

}  // namespace insula::experiment
