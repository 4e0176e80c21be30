// SPDX-License-Identifier: Apache-2.0
// What `insula status` and `insula merge` read of the stores of finished fits.
#include <nlohmann/json.hpp>

#include "framework/command/command.h"
#include "framework/command/terminal.h"
#include "framework/schedule/store.h"

namespace insula::command {
namespace {

using schedule::Status;

constexpr std::size_t kMostNames = 10;

std::string fits(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " fit" : " fits");
}

double seconds_left(const Status& status) {
  const auto left = static_cast<double>(status.left.size());
  return status.seconds / static_cast<double>(status.done) * left / status.threads;
}

std::string state_text(const Status& status) {
  if (status.left.empty()) return "all " + fits(status.planned) + " have ended";
  std::string text = std::to_string(status.done) + " of " + fits(status.planned) + " have ended";
  if (!status.is_running) {
    text += "; no process on this machine works on it, the same command goes on from there";
    if (!status.host.empty()) text += " (it ran last on " + status.host + ")";
    return text;
  }
  text += "; running on " + std::to_string(status.threads) +
          (status.threads == 1 ? " thread" : " threads");
  return status.done == 0 ? text
                          : text + ", about " + duration_text(seconds_left(status)) + " left";
}

std::string in_words(const Status& status) {
  std::string text =
      painted(status.experiment, Colour::bold, Output::standard) + ": " + state_text(status) + "\n";
  if (!status.doubtful.empty()) text += "\nEnded without converging:\n";
  for (const Status::Task& task : status.doubtful)
    text += "  " + task.name + ": " + task.status +
            (task.reason.empty() ? "" : " (" + task.reason + ")") + "\n";
  if (!status.left.empty()) text += "\nStill to do:\n";
  for (std::size_t i = 0; i < std::min(kMostNames, status.left.size()); ++i)
    text += "  " + status.left[i] + "\n";
  if (status.left.size() > kMostNames)
    text += "  … and " + std::to_string(status.left.size() - kMostNames) + " more\n";
  return text;
}

nlohmann::ordered_json as_json(const Status& status) {
  nlohmann::ordered_json json{{"experiment", status.experiment},
                              {"running", status.is_running},
                              {"threads", status.threads},
                              {"planned", status.planned},
                              {"done", status.done},
                              {"seconds_of_work", status.seconds},
                              {"seconds_left", nullptr},
                              {"left", status.left},
                              {"doubtful", nlohmann::ordered_json::array()}};
  if (status.done > 0) json["seconds_left"] = seconds_left(status);
  for (const Status::Task& task : status.doubtful)
    json["doubtful"].push_back(
        {{"task", task.name}, {"status", task.status}, {"reason", task.reason}});
  return json;
}

}  // namespace

int status(const StatusArguments& arguments) {
  const Status found = schedule::status_of(arguments.folder);
  print(arguments.json ? as_json(found).dump(2) + "\n" : in_words(found));
  return 0;
}

int merge(const MergeArguments& arguments) {
  for (const std::string& folder : arguments.folders)
    schedule::status_of(folder);  // all are stores
  schedule::Store store(arguments.out);
  for (const std::string& folder : arguments.folders) {
    const std::size_t taken = store.take_over(folder);
    print(folder + ": " + fits(taken) + " taken over\n");
  }
  return 0;
}

}  // namespace insula::command
