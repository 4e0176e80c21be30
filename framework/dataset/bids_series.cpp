// SPDX-License-Identifier: Apache-2.0
// A table of regions' series: its interval, its delay, and the confounds beside it.
#include <algorithm>
#include <cmath>
#include <functional>

#include "framework/base/quantity.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/bids.h"
#include "framework/dataset/detail/images.h"

namespace insula::dataset::detail {
namespace {

// An interval beyond this is in other units: volumes take seconds.
constexpr double kLongestInterval = 60;
// Two statements of one time may differ by so much of it: it is written with few digits.
constexpr double kSameTimeShare = 1e-3;
// Series whose mean is so many standard deviations from 0 are intensities as scanners give them.
constexpr double kRawDistance = 5;
constexpr const char* kDisplacement = "framewise_displacement";

struct Told {
  double value = 0;
  std::string file;
};

// A number that may stand in the sidecars of derivatives as a text, such as "TR".
std::optional<Told> told(const Sidecar& sidecar, const std::string& key) {
  const auto found = sidecar.find(key);
  if (found == sidecar.end() || !found->second.number) return std::nullopt;
  return Told{*sidecar_number(sidecar, key), found->second.file};
}

// What the raw sidecars say of the image of this run, or of one of its echoes or parts.
Sidecar told_of_image(const RunFiles& run) {
  for (const BidsFile* file : run.raw->of_subject(run.subject()))
    if (file->name.suffix == "bold" && run_of(file->name.entities) == run.entities)
      return run.raw->sidecar(*file);
  return run.raw->sidecar(run.folder, {run.entities, "bold", ".nii.gz"});
}

// What sidecars of derived images of this run say: preprocessed in any space.
std::optional<Told> told_by_derived_images(const RunFiles& run,
                                           const Derivatives& derivatives,
                                           const std::string& key) {
  for (const auto& folder : derivatives)
    for (const BidsFile* file : folder->of_subject(run.subject())) {
      const bool is_image = file->name.suffix == "bold" && file->name.extension == ".json";
      if (!is_image || run_of(file->name.entities) != run.entities) continue;
      if (const auto found = told(folder->sidecar(*file), key)) return found;
    }
  return std::nullopt;
}

// `of_image` is what an image says itself; 0: nothing.
double interval_of(const RunFiles& run, const Derivatives& derivatives, double of_image) {
  const Sidecar own = run.series_folder->sidecar(*run.series);
  const Sidecar raw = told_of_image(run);
  std::vector<Told> all;
  if (const auto rate = told(own, "SamplingFrequency"))
    if (rate->value > 0) all.push_back({1 / rate->value, rate->file});
  if (const auto interval = told(own, "RepetitionTime")) all.push_back(*interval);
  if (const auto interval = told(raw, "RepetitionTime")) all.push_back(*interval);
  if (of_image > 0) all.push_back({of_image, run.series->path});
  if (all.empty())
    if (const auto interval = told_by_derived_images(run, derivatives, "RepetitionTime"))
      all.push_back(*interval);
  if (all.empty() && raw.contains("VolumeTiming"))
    refuse_bids(raw.at("VolumeTiming").file,
                "'VolumeTiming' puts volumes at times of their own, but a recording is even",
                "leave these runs out, with another --task");
  if (all.empty())
    refuse_bids(run.series->path,
                "no sidecar tells its RepetitionTime",
                "write {\"RepetitionTime\": 2}, in s, into a file beside it that is called as it "
                "is, but ends with .json");
  const auto& [interval, file] = all.front();
  if (!(interval > 0) || interval > kLongestInterval)
    refuse_bids(file,
                "the time between volumes is " + short_number(interval, 6) + " s",
                "RepetitionTime is in s, not in ms");
  for (const Told& other : all)
    if (std::abs(other.value - interval) > kSameTimeShare * interval)
      refuse_bids(file,
                  "the time between volumes is " + short_number(interval, 6) + " s here, but " +
                      short_number(other.value, 6) + " s in " + other.file,
                  "mend the one that is wrong");
  return interval;
}

// Slices are put to one time within the volume's; fMRIPrep writes which.
double delay_of(const RunFiles& run, const Derivatives& derivatives, double interval) {
  auto delay = told(run.series_folder->sidecar(*run.series), "StartTime");
  if (!delay) delay = told_by_derived_images(run, derivatives, "StartTime");
  if (!delay) return 0;
  if (delay->value < 0 || delay->value >= interval)
    refuse_bids(delay->file,
                "'StartTime' is " + short_number(delay->value, 6) +
                    " s, but slices are taken within " + short_number(interval, 6) + " s",
                "StartTime is in s");
  return delay->value;
}

// True if, of most channels, the mean is far from 0; of none it may be 0 or less, for there is no
// percentage of that.
bool is_around_a_mean(std::size_t samples,
                      std::size_t channels,
                      const std::function<double(std::size_t, std::size_t)>& value) {
  std::size_t far = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    double n = 0, sum = 0, squares = 0;
    for (std::size_t row = 0; row < samples; ++row) {
      const double x = value(row, c);
      if (std::isnan(x)) continue;
      n += 1;
      sum += x;
      squares += x * x;
    }
    const double mean = sum / std::max(n, 1.0);
    const double deviation = std::sqrt(std::max(squares / std::max(n, 1.0) - mean * mean, 0.0));
    if (n > 0 && !(mean > 0)) return false;
    far += mean > kRawDistance * deviation && mean > 0 ? 1 : 0;
  }
  return 2 * far > channels;
}

// The derivatives' table of this run with this suffix, "confounds" or any description.
const BidsFile* beside(const RunFiles& run,
                       const Derivatives& derivatives,
                       const std::vector<std::string>& suffixes,
                       const std::string& desc) {
  for (const bool is_own : {true, false})  // of the same pipeline, if it has one
    for (const auto& folder : derivatives)
      for (const BidsFile* file : folder->of_subject(run.subject())) {
        if ((folder.get() == run.series_folder) != is_own) continue;
        const BidsName& name = file->name;
        const bool is_asked = name.extension == ".tsv" &&
                              std::ranges::find(suffixes, name.suffix) != suffixes.end() &&
                              (desc.empty() || name.entity("desc") == desc);
        if (is_asked && run_of(name.entities) == run.entities) return file;
      }
  return nullptr;
}

void refuse_other_length(const BidsFile& file, const Table& table, const BidsSeries& series) {
  if (table.rows() == series.samples) return;
  refuse_bids(file.path,
              "it has " + std::to_string(table.rows()) + " rows, but " + series.file + " has " +
                  std::to_string(series.samples) + " samples",
              "write series with all volumes: n/a marks what was censored");
}

void read_confounds(const BidsFile* file, const std::string& strategies, BidsSeries& series) {
  if (strategies.empty()) return;
  if (file == nullptr)
    refuse_bids(series.file,
                "no derivative has the confounds of its run",
                "they are in files that end with _desc-confounds_timeseries.tsv; --derivatives "
                "names the folder of fMRIPrep");
  const Table table = read_bids_table(file->path);
  series.confound_columns = confound_columns(strategies, table);
  if (lacks_any(series.confound_columns, table))
    series.confound_table = computed_confounds(series.confound_columns, table);
  else
    series.confounds = file->path;
}

void read_censoring(const RunFiles& run,
                    const Derivatives& derivatives,
                    const BidsFile* confounds,
                    const std::string& limit,
                    BidsSeries& series) {
  if (limit.empty()) return;
  const auto length = parse_quantity(limit);
  if (!length || length->dimension != Dimension::length || !(length->value > 0))
    throw InputError({},
                     "'--censor' needs a length, got '" + limit + "'",
                     "for example --censor '0.5 mm', of framewise displacement",
                     ExitCode::usage);
  const BidsFile* file = confounds;
  if (file == nullptr || !read_bids_table(file->path).find(kDisplacement))
    file = beside(run, derivatives, {"motion"}, "");
  if (file == nullptr)
    refuse_bids(series.file,
                "no derivative has the framewise displacement of its run",
                "--derivatives names the folder of fMRIPrep");
  const Table table = read_bids_table(file->path);
  refuse_other_length(*file, table, series);
  if (!table.find(kDisplacement))
    refuse_bids(file->path,
                std::string("it has no column '") + kDisplacement + "', which '--censor' needs",
                "");
  series.censoring = file->path;
  series.censoring_column = kDisplacement;
  series.censoring_unit = "mm";
  series.censor_above = length->value / 1e-3;
}

// In an image, by its own parcels or by an atlas.
void read_regions(const RunFiles& run, const BidsQuestion& question, BidsSeries& series) {
  ImageQuestion of_image;
  of_image.image = series.file;
  of_image.atlas = run.atlas;
  of_image.labels = question.labels;
  of_image.eigenvariate = question.eigenvariate;
  series.image = series_without_interval(of_image);
  take_regions(question.regions, series.file, *series.image);
  const Eigen::MatrixXd& samples = series.image->samples;
  series.samples = static_cast<std::size_t>(samples.rows());
  const auto value = [&](std::size_t row, std::size_t column) {
    return samples(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(column));
  };
  series.is_raw = !question.eigenvariate &&
                  is_around_a_mean(series.samples, static_cast<std::size_t>(samples.cols()), value);
}

void read_table(const BidsQuestion& question, BidsSeries& series) {
  const Table table = read_bids_table(series.file);
  series.samples = table.rows();
  if (series.samples == 0)
    refuse_bids(series.file, "it has a header and no rows", "compute the series again");
  series.regions = question.regions;
  refuse_unknown_regions(question.regions, table.names(), series.file);
  series.is_raw =
      is_around_a_mean(table.rows(), table.columns(), [&](std::size_t row, std::size_t column) {
        return table.number(row, column).value_or(0);
      });
}

}  // namespace

BidsSeries read_series(const RunFiles& run,
                       const Derivatives& derivatives,
                       const BidsQuestion& question) {
  BidsSeries series;
  series.file = run.series->path;
  refuse_absent_content(series.file);
  if (run.series->name.extension == ".tsv")
    read_table(question, series);
  else
    read_regions(run, question, series);
  series.interval = interval_of(run, derivatives, series.image ? series.image->interval : 0);
  series.delay = delay_of(run, derivatives, series.interval);
  const BidsFile* confounds = beside(run, derivatives, {"timeseries", "regressors"}, "confounds");
  // Whether or not they are wanted: series without some of their volumes would be at wrong times.
  if (confounds != nullptr)
    refuse_other_length(*confounds, read_bids_table(confounds->path), series);
  read_confounds(confounds, question.confounds, series);
  read_censoring(run, derivatives, confounds, question.censor, series);
  return series;
}

}  // namespace insula::dataset::detail
