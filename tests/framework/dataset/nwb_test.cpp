// SPDX-License-Identifier: Apache-2.0
// What PyNWB wrote is read as PyNWB reads it, to the last bit.
#include "framework/dataset/nwb.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/base/random.h"
#include "framework/dataset/detail/nwb.h"
#include "framework/dataset/file.h"
#include "tests/framework/dataset/damage.h"
#include "tests/support/nwb_session.h"

namespace insula::dataset {
namespace {

using Json = nlohmann::json;

NwbStudy study_of(const Folder& folder, double bin = 0.1) {
  NwbQuestion question;
  question.files = {folder.path("session.nwb")};
  question.bin = bin;
  return read_nwb(question);
}

const NwbSeries& series_of(const NwbRun& run, const std::string& name) {
  for (const NwbSeries& series : run.series)
    if (series.name == name) return series;
  throw std::runtime_error("no series " + name);
}

const NwbColumn& column_of(const NwbTable& table, const std::string& name) {
  for (const NwbColumn& column : table.columns)
    if (column.name == name) return column;
  throw std::runtime_error("no column " + name);
}

// Counts as numpy.searchsorted has them; missing where the unit was not watched (5 to 6 s).
void expect_counts(const NwbRun& run, const Json& truth) {
  const NwbSeries& units = series_of(run, "units");
  ASSERT_EQ(units.channels, (std::vector<std::string>{"VISp_0", "VISp_1", "LGd_3", "unit_4"}));
  ASSERT_GE(units.table.rows(), 120);
  for (Eigen::Index u = 0; u < 4; ++u) {
    // The third unit never spikes.
    const auto& before = truth["bins"][static_cast<std::size_t>(u < 2 ? u : u + 1)];
    for (Eigen::Index k = 0; k < 120; ++k) {
      const auto bin = static_cast<std::size_t>(k);
      if (k >= 50 && k < 60)
        EXPECT_TRUE(std::isnan(units.table(k, u))) << "unit " << u << " bin " << k;
      else
        EXPECT_EQ(units.table(k, u), before[bin + 1].get<double>() - before[bin].get<double>())
            << "unit " << u << " bin " << k;
    }
  }
  const NwbSeries& spikes = series_of(run, "spikes");
  EXPECT_EQ(spikes.channels, (std::vector<std::string>{"VISp", "LGd"}));
  for (Eigen::Index k = 0; k < 50; ++k) {
    EXPECT_EQ(spikes.table(k, 0), units.table(k, 0) + units.table(k, 1));
    EXPECT_EQ(spikes.table(k, 1), units.table(k, 2));
  }
}

void expect_trials(const NwbRun& run, const Json& truth) {
  EXPECT_EQ(run.trials.start, truth["start_time"].get<std::vector<double>>());
  EXPECT_EQ(run.trials.stop, truth["stop_time"].get<std::vector<double>>());
  EXPECT_EQ(column_of(run.trials, "contrast").numbers,
            truth["contrast"].get<std::vector<double>>());
  EXPECT_EQ(column_of(run.trials, "choice").texts, truth["choice"].get<std::vector<std::string>>());
  EXPECT_EQ(column_of(run.trials, "orientation").texts,
            truth["orientation"].get<std::vector<std::string>>());
  for (std::size_t row = 0; row < run.trials.start.size(); ++row) {
    const double ours = column_of(run.trials, "response_time").numbers[row];
    const Json& theirs = truth["response_time"][row];
    if (theirs.is_null())
      EXPECT_TRUE(std::isnan(ours));
    else
      EXPECT_EQ(ours, theirs.get<double>() - run.trials.start[row]);
  }
}

void expect_series(const NwbRun& run, const Json& truth) {
  EXPECT_EQ(series_of(run, "diameter").interval, truth["diameter_interval"].get<double>());
  EXPECT_EQ(series_of(run, "diameter").modality, "pupil");
  EXPECT_EQ(series_of(run, "dff").modality, "calcium");
  EXPECT_EQ(series_of(run, "running_speed").start, truth["running_timestamps"][0].get<double>());
  const NwbSeries& whisker = series_of(run, "whisker");
  ASSERT_EQ(whisker.table.rows(), 300);
  for (Eigen::Index k = 0; k < 300; ++k) {
    if (k >= 100 && k < 110)
      EXPECT_TRUE(std::isnan(whisker.table(k, 0)));
    else
      EXPECT_EQ(whisker.table(k, 0),
                truth["whisker"][static_cast<std::size_t>(k < 100 ? k : k - 10)].get<double>());
  }
}

void expect_as_pynwb(const Folder& folder) {
  const Json truth = Json::parse(read_bytes(folder.path("session.json")));
  const NwbStudy study = study_of(folder);
  ASSERT_EQ(study.subjects.size(), 1U);
  EXPECT_EQ(study.subjects[0].id, "mouse 7");
  const NwbRun& run = study.subjects[0].runs.at(0);
  EXPECT_EQ(run.id, "ses-1");
  EXPECT_EQ(study.citation, "doi:10.1000/none");
  expect_counts(run, truth);
  expect_trials(run, truth);
  expect_series(run, truth);
  std::set<std::string> events;
  for (const NwbTable& table : run.events) events.insert(table.name);
  EXPECT_EQ(events, (std::set<std::string>{"epochs", "reward", "tones"}));
  const NwbSeries& licks = series_of(run, "licks");
  EXPECT_EQ(licks.table.sum(), static_cast<double>(truth["licks"].size()));
}

TEST(Nwb, IsReadAsPynwbReadsIt) {
  const Folder folder;
  nwb_file::write_session(folder);
  expect_as_pynwb(folder);
}

TEST(Nwb, IsReadAsPynwbReadsItWhateverItWrites) {
  const Folder folder;
  if (!nwb_file::make_session_with_pynwb(folder, 1))
    GTEST_SKIP() << "python3 has no pynwb; `./dev setup` installs it";
  expect_as_pynwb(folder);
  ASSERT_TRUE(nwb_file::make_session_with_pynwb(folder, 2));
  expect_as_pynwb(folder);
}

TEST(Nwb, CountsAreThoseOfHalfOpenBins) {
  const std::vector<double> times{0, 0.1, 0.2, 0.3, 0.30000000000000004, 0.7, -0.05, 0.8};
  EXPECT_EQ(detail::counts_in_bins(times, 0, 0.1, 8), (std::vector<float>{1, 1, 2, 1, 0, 0, 1, 0}));
  EXPECT_EQ(detail::counts_in_bins({100.25, 100.5}, 100, 0.5, 2), (std::vector<float>{1, 1}));
}

TEST(Nwb, ASessionThatBeginsLateBeginsItsRunThen) {
  const Folder folder;
  nwb_file::write_session(folder);
  const std::string file = folder.path("session.nwb");
  for (const char* gone : {"units", "intervals", "events", "processing"})
    nwb_file::remove_object(file, gone);
  nwb_file::write_numbers(file, "acquisition/late/data", {1, 2, 4});
  nwb_file::write_numbers(file, "acquisition/late/timestamps", {100.25, 100.5, 100.75});
  nwb_file::set_text_attribute(file, "acquisition/late", "neurodata_type", "TimeSeries");
  const NwbStudy study = study_of(folder, 0.25);
  const NwbRun& run = study.subjects.at(0).runs.at(0);
  EXPECT_EQ(run.origin, 100);
  EXPECT_EQ(run.duration, 1);
  EXPECT_EQ(series_of(run, "late").start, 0.25);
  EXPECT_EQ(series_of(run, "late").interval, 0.25);
  EXPECT_EQ(study.notes.back(),
            "'session.nwb' begins at 100 s of its clock, which is 0 s of its run");
}

// Whatever is left of a file, or takes its place: it is read or refused, and nothing else happens.
TEST(DamagedNwb, IsReadOrRefused) {
  const Folder good, folder;
  nwb_file::write_session(good);
  const std::string bytes = read_bytes(good.path("session.nwb"));
  int refused = 0, read = 0;
  for (int i = 0; i < 300; ++i) {
    Stream stream(31, "nwb" + std::to_string(i));
    folder.write("session.nwb", damaged(bytes, stream));
    try {
      study_of(folder);
      ++read;
    } catch (const InputError& error) {
      EXPECT_EQ(error.mistakes().size(), 1U);
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(read, 10);
}

}  // namespace
}  // namespace insula::dataset
