// SPDX-License-Identifier: Apache-2.0
// TimeSeries of NWB, wherever they lie: those with a rate, or with timestamps that are as good as
// even, are read in place; others are put on even times; moments are counted or are events.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/nwb.h"

namespace insula::dataset::detail {
namespace {

// Larger ones are for those who ask for them: they are read whole.
constexpr std::size_t kMostNumbers = 20'000'000;
// Timestamps may differ from even times by this share of an interval, as in columns.cpp.
constexpr double kJitterAllowed = 0.05;
constexpr int kDeepest = 32;
constexpr const char* kRooms[] = {"acquisition", "processing"};
constexpr const char* kPresented = "stimulus/presentation";

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// A TimeSeries and what its group and its data say.
struct Found {
  std::string path, type, holder_type;  // of the group that holds it
  Hdf5Object group, data;

  std::size_t samples() const { return data.shape.empty() ? 0 : data.shape[0]; }
  std::size_t channels() const { return data.shape.size() < 2 ? 1 : data.shape[1]; }
  bool holds(const char* word) const { return lower_case(path).find(word) != std::string::npos; }
};

std::string modality_of(const Found& series) {
  if (series.type == "RoiResponseSeries") return "calcium";
  if (series.type == "ElectricalSeries") return "field";
  if (series.holder_type == "PupilTracking" || series.holds("pupil")) return "pupil";
  if (series.holder_type == "EyeTracking" || series.holds("eye")) return "gaze";
  if (series.holds("running") || series.holds("speed") || series.holds("velocity"))
    return "running";
  if (is_about_licks(series.path)) return "licking";
  return "signal";
}

std::vector<std::string> channel_names(const Found& series, const std::string& name) {
  if (series.channels() == 1) return {name};
  std::vector<std::string> names;
  const bool is_spatial = series.type == "SpatialSeries" && series.channels() <= 3;
  for (std::size_t c = 0; c < series.channels(); ++c)
    names.push_back(is_spatial ? std::string(1, "xyz"[c]) : name + "_" + std::to_string(c));
  return names;
}

std::vector<double> timestamps_of(const NwbSession& session, const Found& series) {
  const std::string path = series.path + "/timestamps";
  const std::vector<double> times = column_of_numbers(session.file, path);
  if (times.size() != series.samples())
    refuse_nwb(session.file,
               "'" + path + "' has " + std::to_string(times.size()) +
                   " entries, but the data have " + std::to_string(series.samples()) + " samples",
               "was it written to its end?");
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (!std::isfinite(times[k]))
      refuse_nwb(session.file,
                 "'" + path + "' holds " + time_text(times[k]) + " at sample " + std::to_string(k) +
                     ", which is no time");
    if (k > 0 && times[k] < times[k - 1])
      refuse_nwb(session.file,
                 "'" + path + "' goes back at sample " + std::to_string(k) + ", from " +
                     number_text(times[k - 1]) + " s to " + number_text(times[k]) + " s",
                 "timestamps ascend; was the clock set, or were sessions joined?");
  }
  return times;
}

double median_step(const std::vector<double>& times) {
  std::vector<double> steps;
  for (std::size_t k = 1; k < times.size(); ++k)
    if (times[k] > times[k - 1]) steps.push_back(times[k] - times[k - 1]);
  if (steps.empty()) return 0;
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::ranges::nth_element(steps, middle);
  return *middle;
}

bool is_even(const std::vector<double>& times) {
  const double interval = (times.back() - times.front()) / static_cast<double>(times.size() - 1);
  for (std::size_t k = 0; k < times.size(); ++k)
    if (!(std::abs(times[k] - times.front() - static_cast<double>(k) * interval) <=
          kJitterAllowed * interval))
      return false;
  return true;
}

// The numbers in their unit.
Eigen::MatrixXd values_of(const NwbSession& session, const Found& series, const NwbSeries& made) {
  const Array array = session.file.numbers(series.path + "/data");
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  RowMajor values(static_cast<Eigen::Index>(array.rows()),
                  static_cast<Eigen::Index>(array.columns()));
  array.read_rows(
      0, array.rows(), std::span<double>(values.data(), static_cast<std::size_t>(values.size())));
  Eigen::RowVectorXd scale = Eigen::RowVectorXd::Constant(values.cols(), made.conversion);
  if (series.group.has("channel_conversion")) {
    const auto each = column_of_numbers(session.file, series.path + "/channel_conversion");
    if (each.size() != array.columns())
      refuse_nwb(session.file,
                 "'" + series.path + "/channel_conversion' has " + std::to_string(each.size()) +
                     " entries, expected " + std::to_string(array.columns()) +
                     ": one for each channel");
    for (std::size_t c = 0; c < each.size(); ++c) scale[static_cast<Eigen::Index>(c)] *= each[c];
  }
  values.array().rowwise() *= scale.array();
  values.array() += made.offset;
  return values;
}

// Each sample goes to the nearest of the even times; what meets there is averaged.
void put_on_even_times(const std::vector<double>& times,
                       const Eigen::MatrixXd& values,
                       NwbSeries& made) {
  const auto place = [&](double time) {
    return static_cast<Eigen::Index>(std::llround((time - made.start) / made.interval));
  };
  const Eigen::Index rows = place(times.back()) + 1;
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(rows, values.cols());
  Eigen::MatrixXd count = sums;
  for (std::size_t k = 0; k < times.size(); ++k)
    for (Eigen::Index c = 0; c < values.cols(); ++c) {
      const double value = values(static_cast<Eigen::Index>(k), c);
      if (std::isnan(value)) continue;
      sums(place(times[k]), c) += value;
      count(place(times[k]), c) += 1;
    }
  made.table = (count.array() > 0).select(sums.array() / count.array(), kNaN).matrix();
}

void add_moments(NwbSession& session, const Found& series, const std::vector<double>& times) {
  const std::string name = last_of(series.path);
  if (is_about_licks(series.path)) {
    session.counted.push_back({name, "licking", {name}, {times}, {}});
  } else {
    NwbTable moments;
    moments.name = name;
    moments.start = times;
    session.run.events.push_back(std::move(moments));
  }
  for (const double time : times) session.note_moments(time, time);
}

// Goes through the groups of a file and takes the series.
class SeriesReader {
 public:
  SeriesReader(NwbSession& session, const NwbQuestion& question)
      : session_(session), question_(question) {
    session.was_asked_for.assign(question.series.size(), 0);
  }

  void look_at_presented() {
    is_presented_ = true;
    look(kPresented, "", 0);
  }

  void look(const std::string& path, const std::string& holder_type, int depth) {
    const auto object = session_.file.find(path);
    if (!object || !object->is_group()) return;
    if (depth > kDeepest || !above_.insert(object->address).second)
      refuse_nwb(session_.file,
                 "'" + path + "' leads back to a group that holds it",
                 "remove the link: what is in a file is read once");
    const bool is_new = seen_.insert(object->address).second;
    if (is_new) look_into(path, holder_type, *object, depth);
    above_.erase(object->address);
  }

 private:
  void look_into(const std::string& path,
                 const std::string& holder_type,
                 const Hdf5Object& group,
                 int depth) {
    const bool is_room = depth == 0;
    const std::string type = is_room ? "" : type_of(session_.file, path, group);
    const bool is_series =
        !is_room && (group.has("starting_time") || group.has("timestamps") || group.has("data"));
    if (is_series) {
      take(path, type, holder_type, group);
    } else if (group.has("id")) {  // a table has no series
      if (is_presented_ && group.has("start_time")) add_nwb_events(session_, path);
    } else {
      for (const std::string& member : group.members) look(path + "/" + member, type, depth + 1);
    }
  }

  bool is_wanted(const std::string& path) {
    bool is_wanted = question_.series.empty();
    for (std::size_t i = 0; i < question_.series.size(); ++i) {
      const std::string& asked = question_.series[i];
      if (asked != path && asked != last_of(path)) continue;
      session_.was_asked_for[i] = 1;
      is_wanted = true;
    }
    return is_wanted;
  }

  void leave_out(const Found& series, const std::string& why) {
    session_.notes.push_back("'" + series.path + "' is left out: " + why);
  }

  void take(const std::string& path,
            const std::string& type,
            const std::string& holder_type,
            const Hdf5Object& group) {
    session_.series_there.push_back(path);
    Found series{path, type, holder_type, group, {}};
    const auto data = session_.file.find(path + "/data");
    if (data) series.data = *data;
    const bool is_asked_for = !question_.series.empty();
    if (!is_wanted(path)) return;
    if (holder_type == "BehavioralEvents" && group.has("timestamps")) {
      add_moments(session_, series, column_of_numbers(session_.file, path + "/timestamps"));
      return;
    }
    if (!data || data->kind != Hdf5Object::Kind::numbers || data->shape.empty() ||
        data->shape.size() > 2 || series.samples() < 2 || series.channels() == 0)
      return leave_out(series, "its data are no numbers of one or two dimensions");
    if (!is_asked_for && series.samples() > kMostNumbers / series.channels())
      return leave_out(series,
                       "it has " + std::to_string(series.samples()) + " x " +
                           std::to_string(series.channels()) + " numbers; '--series " +
                           last_of(path) + "' takes it");
    add(series);
  }

  void add(const Found& series) {
    NwbSeries made;
    made.name = last_of(series.path);
    // Containers of one series call it "data" or by their own type; theirs is the name then.
    if (made.name == "data" || made.name == "TimeSeries") {
      const std::string above = series.path.substr(0, series.path.rfind('/'));
      made.name = last_of(above);
    }
    made.modality = modality_of(series);
    made.unit = series.data.text("unit");
    made.conversion = series.data.number("conversion").value_or(1);
    made.offset = series.data.number("offset").value_or(0);
    made.channels = channel_names(series, made.name);
    made.samples = series.samples();
    if (!std::isfinite(made.conversion) || !std::isfinite(made.offset) || made.conversion == 0)
      refuse_nwb(session_.file,
                 "'" + series.path + "/data' has the conversion " + number_text(made.conversion) +
                     " and the offset " + number_text(made.offset) + ", which make no numbers");
    if (is_presented_) return present(series, made);
    if (series.group.has("timestamps")) {
      if (!add_by_timestamps(series, made)) return;
    } else {
      add_by_rate(series, made);
    }
    const double last =
        made.start +
        made.interval * static_cast<double>(made.dataset.empty()
                                                ? static_cast<std::size_t>(made.table.rows())
                                                : series.samples());
    session_.note_times(made.start, last);
    session_.run.series.push_back(std::move(made));
  }

  // Numbers that hold until the next ones: uneven times are as good as even ones.
  void present(const Found& series, NwbSeries& made) {
    std::vector<double> times;
    if (series.group.has("timestamps")) {
      times = timestamps_of(session_, series);
      made.start = times.front();
      made.interval = median_step(times);
      if (!(made.interval > 0)) return leave_out(series, "its timestamps are all the same");
    } else {
      add_by_rate(series, made);
    }
    made.table = values_of(session_, series, made);
    add_presented(session_, series.type, std::move(made), times);
  }

  void add_by_rate(const Found& series, NwbSeries& made) {
    const std::string path = series.path + "/starting_time";
    const auto object = session_.file.find(path);
    if (!object || object->kind != Hdf5Object::Kind::numbers)
      refuse_nwb(session_.file,
                 "'" + series.path + "' has neither 'timestamps' nor 'starting_time'",
                 "one of them says when its samples were taken");
    const double rate = object->number("rate").value_or(kNaN);
    if (std::isnan(rate))
      refuse_nwb(session_.file,
                 "'" + path + "' has no attribute 'rate'",
                 "it says how many samples were taken in a second");
    if (!(rate > 0) || !std::isfinite(rate))
      refuse_nwb(session_.file,
                 "'" + path + "' has the rate " + number_text(rate) + ", expected one above 0 Hz");
    if (object->shape.size() > 1 || (object->shape.size() == 1 && object->shape[0] != 1))
      refuse_nwb(session_.file,
                 "'" + path + "' is " + shape_text(object->shape) + ", expected a single number");
    double start = 0;
    session_.file.numbers(path).read_rows(0, 1, std::span<double>(&start, 1));
    if (!std::isfinite(start))
      refuse_nwb(session_.file, "'" + path + "' is " + time_text(start) + ", which is no time");
    made.start = start;
    made.interval = 1 / rate;
    made.dataset = series.path + "/data";
    if (is_presented_ || !series.group.has("channel_conversion")) return;
    made.table = values_of(session_, series, made);
    made.dataset.clear();
  }

  // False if the series is left out.
  bool add_by_timestamps(const Found& series, NwbSeries& made) {
    const std::vector<double> times = timestamps_of(session_, series);
    made.start = times.front();
    const bool has_even = times.back() > times.front() && is_even(times);
    made.interval = has_even
                        ? (times.back() - times.front()) / static_cast<double>(times.size() - 1)
                        : median_step(times);
    // Mostly gaps, or no time at all between samples.
    const double rows = (times.back() - times.front()) / made.interval,
                 most = static_cast<double>(std::max(kMostNumbers, 2 * series.samples()));
    if (!(made.interval > 0) || !(rows * static_cast<double>(series.channels()) <= most)) {
      leave_out(series, "its timestamps have no usual interval");
      return false;
    }
    if (has_even && !series.group.has("channel_conversion")) {
      made.dataset = series.path + "/data";
      return true;
    }
    put_on_even_times(times, values_of(session_, series, made), made);
    session_.notes.push_back("'" + series.path + "' is put on even times, every " +
                             short_number(made.interval, 6) +
                             " s: its timestamps differ from these by more than 5 %");
    return true;
  }

  NwbSession& session_;
  const NwbQuestion& question_;
  bool is_presented_ = false;
  std::set<std::uint64_t> above_, seen_;
};

}  // namespace

bool is_about_licks(const std::string& name) {
  return lower_case(name).find("lick") != std::string::npos;
}

void read_nwb_series(NwbSession& session, const NwbQuestion& question) {
  SeriesReader reader(session, question);
  for (const char* room : kRooms) reader.look(room, "", 0);
  reader.look_at_presented();
}

}  // namespace insula::dataset::detail
