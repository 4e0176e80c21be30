// SPDX-License-Identifier: Apache-2.0
// Inputs of a recipe: single events, one event every so often, or a pattern of blocks.
#include <algorithm>
#include <utility>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"
#include "framework/dataset/table.h"
#include "framework/experiment/detail/twin_reading.h"

namespace insula::experiment::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;
using dataset::Event;
using dataset::kSameTime;

constexpr const char* kForms =
    "{events: [[10 s, 20 s]]}, {every: 60 s, on: 30 s}, {block: 20 s, pattern: [0, 1]} or "
    "{each: trial, on: 2 s}";
// So many events describe any experiment; a typing error in a time could ask for millions.
constexpr double kMostEvents = 1e5;

void read_event(const Node& node,
                const std::string& what,
                double duration,
                std::vector<Event>& events,
                Mistakes& mistakes) {
  const std::size_t size = node.items().size();
  if (!node.is_list() || size < 2 || size > 3) {
    mistakes.add(node.place(),
                 "an event of " + what +
                     " must be [onset, duration] or [onset, duration, "
                     "amplitude], got " +
                     (node.is_list() ? std::to_string(size) + (size == 1 ? " item" : " items")
                                     : config::found(node)),
                 "for example [10 s, 20 s]");
    return;
  }
  const auto onset = config::read_quantity(node.items()[0],
                                           "the onset of an event of " + what,
                                           Dimension::time,
                                           config::not_negative,
                                           mistakes);
  const auto length = config::read_quantity(node.items()[1],
                                            "the duration of an event of " + what,
                                            Dimension::time,
                                            config::positive,
                                            mistakes);
  std::optional<double> amplitude = 1;
  if (size == 3) {
    amplitude = config::read_quantity(node.items()[2],
                                      "the amplitude of an event of " + what,
                                      Dimension::none,
                                      config::any_number,
                                      mistakes);
  }
  if (!onset || !length || !amplitude) return;
  if (duration > 0 && *onset + *length > duration + kSameTime) {
    mistakes.add(node.place(),
                 "an event of " + what + " ends at " + short_number(*onset + *length, 6) +
                     " s, after the run of " + short_number(duration, 6) + " s");
    return;
  }
  events.push_back({*onset, *length, *amplitude});
}

// Adds an event, cut at `until`; one that is 0 or begins too late is none.
void add_until(double until, Event event, std::vector<Event>& events) {
  if (event.amplitude == 0 || event.onset >= until - kSameTime) return;
  // Left whole if it ends at `until` but for rounding, so that its length is what was written.
  if (event.onset + event.duration > until + kSameTime) event.duration = until - event.onset;
  events.push_back(event);
}

double read_until(Reader& r, double duration) {
  const auto until = r.optional_quantity("until", Dimension::time, config::positive);
  if (until && duration > 0 && *until > duration + kSameTime) {
    r.mistake("until",
              "'until' of " + r.what() + " is " + short_number(*until, 6) +
                  " s, after the end of the run at " + short_number(duration, 6) + " s");
  }
  return until.value_or(duration);
}

bool are_too_many(Reader& r, const std::string& key, double span, double period) {
  if (span / period <= kMostEvents) return false;
  r.mistake(key,
            "'" + key + "' of " + r.what() + " makes more than " + short_number(kMostEvents, 6) +
                " events in a run");
  return true;
}

std::vector<Event> read_periodic(Reader& r, double duration) {
  const auto every = r.quantity("every", Dimension::time, config::positive);
  const auto on = r.quantity("on", Dimension::time, config::positive);
  const double start =
      r.optional_quantity("start", Dimension::time, config::not_negative).value_or(0);
  const double until = read_until(r, duration);
  const double amplitude = r.optional_number("amplitude").value_or(1);
  std::vector<Event> events;
  if (!every || !on) return events;
  if (*on > *every) {
    r.mistake("on",
              "'on' of " + r.what() + " must not be longer than 'every', " +
                  short_number(*every, 6) + " s, got " + short_number(*on, 6) + " s");
    return events;
  }
  if (are_too_many(r, "every", until - start, *every)) return events;
  for (int k = 0; start + k * *every < until; ++k) {
    add_until(until, {start + k * *every, *on, amplitude}, events);
  }
  return events;
}

// Neighbouring blocks of the same height are one event.
std::vector<Event> read_pattern(Reader& r, double duration, Mistakes& mistakes) {
  const auto block = r.quantity("block", Dimension::time, config::positive);
  const Node pattern = r.list("pattern");
  const double start =
      r.optional_quantity("start", Dimension::time, config::not_negative).value_or(0);
  const double until = read_until(r, duration);
  std::vector<double> heights;
  for (const Node& item : pattern.items()) {
    const auto height = config::read_quantity(item,
                                              "a height in 'pattern' of " + r.what(),
                                              Dimension::none,
                                              config::any_number,
                                              mistakes);
    if (height) heights.push_back(*height);
  }
  std::vector<Event> events;
  const bool is_whole = heights.size() == pattern.items().size();
  if (!block || heights.empty() || !is_whole) return events;
  if (are_too_many(r, "block", until - start, *block)) return events;
  const auto height = [&](int k) { return heights[static_cast<std::size_t>(k) % heights.size()]; };
  for (int k = 0; start + k * *block < until;) {
    const int first = k;
    while (start + k * *block < until && height(k) == height(first)) ++k;
    add_until(until, {start + first * *block, (k - first) * *block, height(first)}, events);
  }
  return events;
}

std::vector<Event> read_events(Reader& r, double duration, Mistakes& mistakes) {
  std::vector<Event> events;
  for (const Node& event : r.list("events").items()) {
    read_event(event, r.what(), duration, events, mistakes);
  }
  std::ranges::stable_sort(events, {}, &Event::onset);
  return events;
}

// One event a trial, as high as a column says.
std::vector<Event> read_each_trial(Reader& r, double duration, const SimulatedTrials& trials) {
  static const std::vector<std::string> kEach{"trial"};
  r.choice("each", kEach);
  const double on = r.quantity("on", Dimension::time, config::positive).value_or(0);
  const double delay =
      r.optional_quantity("delay", Dimension::time, config::not_negative).value_or(0);
  const std::string amplitude = r.optional_text("amplitude").value_or("1");
  const auto number = parse_number(amplitude);
  const auto column = std::ranges::find(trials.columns, amplitude, &dataset::TrialColumn::name);
  if (trials.onset.empty()) {
    r.mistake("each", r.what() + " is on in each trial, and there are none", "add 'trials'");
    return {};
  }
  if (!number && column == trials.columns.end()) {
    std::vector<std::string> names;
    for (const dataset::TrialColumn& c : trials.columns) names.push_back(c.name);
    r.mistake("amplitude",
              "'amplitude' of " + r.what() + " must be a number or a column of the trials, got '" +
                  amplitude + "'",
              name_hint(amplitude, names, "there are"));
    return {};
  }
  std::vector<Event> events;
  for (std::size_t i = 0; i < trials.onset.size() && on > 0; ++i) {
    const double height = number ? *number : i < column->value.size() ? column->value[i] : 0;
    add_until(duration, {trials.onset[i] + delay, on, height}, events);
  }
  return events;
}

SimulatedInput read_input(const Entry& entry,
                          double duration,
                          const SimulatedTrials& trials,
                          Mistakes& mistakes) {
  SimulatedInput input{entry.key, {}};
  const std::string what = "input '" + entry.key + "'";
  if (!architecture::detail::is_name(entry.key) || dataset::is_missing(entry.key)) {
    mistakes.add(entry.key_place,
                 "an input cannot be named '" + entry.key + "'",
                 "use letters, digits, '_', '-' and '+'; NA and nan mean missing in tables");
  }
  Reader r(entry.value, what, mistakes);
  const int forms = r.has("events") + r.has("every") + r.has("block") + r.has("each");
  if (entry.value.is_map() && forms != 1) {
    mistakes.add(entry.key_place,
                 what + " needs one of 'events', 'every', 'block' and 'each', got " +
                     (forms == 0 ? "none" : std::to_string(forms)),
                 std::string("write ") + kForms);
    return input;
  }
  if (!entry.value.is_map()) return input;
  input.events = r.has("events")  ? read_events(r, duration, mistakes)
                 : r.has("every") ? read_periodic(r, duration)
                 : r.has("each")  ? read_each_trial(r, duration, trials)
                                  : read_pattern(r, duration, mistakes);
  r.finish();
  return input;
}

bool is_ever_on(const SimulatedInput& input) {
  return std::ranges::any_of(input.events, [](const Event& e) { return e.amplitude != 0; });
}

}  // namespace

std::vector<SimulatedInput> read_simulated_inputs(const Node& node,
                                                  double duration,
                                                  const SimulatedTrials& trials,
                                                  Mistakes& mistakes) {
  std::vector<SimulatedInput> inputs;
  for (const Entry& entry : node.entries()) {
    Mistakes own;
    inputs.push_back(read_input(entry, duration, trials, own));
    if (own.empty() && duration > 0 && !is_ever_on(inputs.back())) {
      own.add(entry.key_place,
              "input '" + entry.key + "' is never on during the run",
              "leave it out, or give it events");
    }
    mistakes.add(own.sorted());
  }
  return inputs;
}

}  // namespace insula::experiment::detail
