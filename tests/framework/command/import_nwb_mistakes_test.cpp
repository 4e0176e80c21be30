// SPDX-License-Identifier: Apache-2.0
// Every way in which a session of NWB is broken here is told in one sentence that says what to do,
// and nothing is written. The whole messages are in tests/bad_input/nwb/NAME.expected.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <limits>

#include "tests/framework/command/program.h"
#include "tests/support/nwb_session.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

constexpr int kUsageCode = 64, kDataCode = 65, kNoInputCode = 66;
const std::string kBehaviour = "processing/behavior/";
const std::string kSpeed = kBehaviour + "BehavioralTimeSeries/running_speed";
const std::string kPupil = kBehaviour + "PupilTracking/diameter";
const std::string kWhisker = kBehaviour + "BehavioralTimeSeries/whisker";
const double kNotANumber = std::numeric_limits<double>::quiet_NaN();

struct BrokenSession {
  std::string name;
  std::function<void(const Folder&, const std::string&)> damage;  // of the folder and the file
  int code = kDataCode;
  std::string words = "session.nwb";
};

void PrintTo(const BrokenSession& broken, std::ostream* out) { *out << broken.name; }

// The session after a change of its file.
template <typename Change>
BrokenSession after(const std::string& name, Change change) {
  return {name, [=](const Folder&, const std::string& file) { change(file); }};
}

BrokenSession asked_for(const std::string& name, const std::string& words, int code) {
  return {name, [](const Folder&, const std::string&) {}, code, words};
}

std::vector<BrokenSession> broken_nwb_tables() {
  using namespace nwb_file;
  return {
      after("index_that_goes_down",
            [](const std::string& file) { set_number(file, "units/spike_times_index", 1, 3); }),
      after("index_past_the_end",
            [](const std::string& file) { set_number(file, "units/spike_times_index", 4, 200); }),
      after("index_of_other_length",
            [](const std::string& file) {
              write_numbers(file, "units/spike_times_index", {8, 68, 68, 138});
            }),
      after("no_index",
            [](const std::string& file) { remove_object(file, "units/spike_times_index"); }),
      after("spike_at_no_time",
            [](const std::string& file) { set_number(file, "units/spike_times", 5, kNotANumber); }),
      after("electrode_that_is_not_there",
            [](const std::string& file) { set_number(file, "units/electrodes", 0, 9); }),
      after("no_ids", [](const std::string& file) { remove_object(file, "intervals/trials/id"); }),
      after("column_of_other_length",
            [](const std::string& file) {
              write_numbers(file, "intervals/trials/contrast", {1, 2, 3});
            }),
      after("trials_without_starts",
            [](const std::string& file) { remove_object(file, "intervals/trials/start_time"); }),
      after("trial_that_stops_before_it_starts",
            [](const std::string& file) { set_number(file, "intervals/trials/stop_time", 2, 1); }),
      {"invalid_time_that_ends_before_it_starts",
       [](const Folder& folder, const std::string&) {
         write_session(folder, "presented");
         set_number(folder.path("presented.nwb"), "intervals/invalid_times/stop_time", 1, 2);
       },
       kDataCode,
       "presented.nwb"},
      {"stimulus_whose_times_go_back",
       [](const Folder& folder, const std::string&) {
         write_session(folder, "presented");
         set_number(
             folder.path("presented.nwb"), "stimulus/presentation/grating/timestamps", 11, 0.001);
       },
       kDataCode,
       "presented.nwb"},
  };
}

std::vector<BrokenSession> broken_nwb_series() {
  using namespace nwb_file;
  return {
      after("timestamps_that_go_back",
            [](const std::string& file) { set_number(file, kSpeed + "/timestamps", 7, 0.03); }),
      after("timestamp_that_is_no_time",
            [](const std::string& file) {
              set_number(file, kSpeed + "/timestamps", 7, kNotANumber);
            }),
      after("fewer_timestamps_than_samples",
            [](const std::string& file) {
              write_numbers(file, kSpeed + "/timestamps", {0, 1, 2});
            }),
      after("neither_timestamps_nor_a_rate",
            [](const std::string& file) { remove_object(file, kSpeed + "/timestamps"); }),
      after("rate_of_zero",
            [](const std::string& file) {
              set_attribute(file, kPupil + "/starting_time", "rate", 0);
            }),
      after("no_rate",
            [](const std::string& file) {
              remove_attribute(file, kPupil + "/starting_time", "rate");
            }),
      after(
          "conversion_of_zero",
          [](const std::string& file) { set_attribute(file, kPupil + "/data", "conversion", 0); }),
      after("series_without_a_type",
            [](const std::string& file) { remove_attribute(file, kPupil, "neurodata_type"); }),
      after("table_without_a_type",
            [](const std::string& file) { remove_attribute(file, "units", "neurodata_type"); }),
      after("conversions_of_other_channels",
            [](const std::string& file) {
              write_numbers(file, kPupil + "/channel_conversion", {1, 2});
            }),
      after("times_in_milliseconds",
            [](const std::string& file) { set_number(file, "units/spike_times", 7, 2e9); }),
  };
}

std::vector<BrokenSession> broken_nwb_files() {
  using namespace nwb_file;
  return {
      after("link_out_of_the_file",
            [](const std::string& file) {
              link_out(file, "acquisition/raw", "raw.nwb", "/acquisition/raw");
            }),
      after("timestamps_out_of_the_file",
            [](const std::string& file) {
              remove_object(file, kSpeed + "/timestamps");
              link_out(file, kSpeed + "/timestamps", "other.nwb", "/timestamps");
            }),
      after("group_in_itself",
            [](const std::string& file) { link_again(file, kBehaviour + "again", "processing"); }),
      after("links_in_a_circle",
            [](const std::string& file) {
              link_softly(file, "acquisition/a", "/acquisition/b");
              link_softly(file, "acquisition/b", "/acquisition/a");
            }),
      after("no_nwb_file",
            [](const std::string& file) { remove_attribute(file, "/", "neurodata_type"); }),
      after("another_version",
            [](const std::string& file) { set_text_attribute(file, "/", "nwb_version", "3.0.0"); }),
      after("nothing_of_use",
            [](const std::string& file) {
              for (const char* gone : {"units", "intervals", "events", "processing"})
                remove_object(file, gone);
            }),
      {"truncated_session",
       [](const Folder& folder, const std::string& file) {
         const std::string whole = bytes_of(file);
         folder.write("session.nwb", whole.substr(0, whole.size() / 2));
       }},
      {"text_for_a_session",
       [](const Folder& folder, const std::string&) {
         folder.write("session.nwb", "subject\tsession\n");
       }},
      {"the_same_session_twice",
       [](const Folder& folder, const std::string& file) {
         fs::copy(file, folder.path("copy.nwb"));
       },
       kDataCode,
       "session.nwb copy.nwb"},
      asked_for("no_such_session", "absent.nwb", kNoInputCode),
      {"folder_without_sessions",
       [](const Folder& folder, const std::string&) { fs::create_directory(folder.path("empty")); },
       kNoInputCode,
       "empty"},
      asked_for("unknown_series", "session.nwb --series diametre", kUsageCode),
      asked_for("unknown_answer", "session.nwb --response choise", kUsageCode),
      {"answers_of_no_kind",
       [](const Folder&, const std::string& file) {
         write_numbers(file, "intervals/trials/contrast", std::vector<double>(8, 1));
       },
       kUsageCode,
       "session.nwb --response contrast"},
      asked_for("bin_without_a_unit", "session.nwb --bin 50", kUsageCode),
  };
}

std::vector<BrokenSession> all_broken_sessions() {
  std::vector<BrokenSession> all;
  for (const auto& some : {broken_nwb_tables(), broken_nwb_series(), broken_nwb_files()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

class BrokenNwb : public testing::TestWithParam<BrokenSession> {};

TEST_P(BrokenNwb, IsToldWithItsWholeMessageAndNothingIsWritten) {
  const Folder folder;
  nwb_file::write_session(folder);
  GetParam().damage(folder, folder.path("session.nwb"));
  const Ended ended =
      run_program("import nwb " + GetParam().words + " --out study", folder.path(""));
  EXPECT_EQ(ended.code, GetParam().code);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.error,
            bytes_of(INSULA_ROOT "/tests/bad_input/nwb/" + GetParam().name + ".expected"));
  EXPECT_FALSE(fs::exists(folder.path("study")));
}

std::string session_name(const testing::TestParamInfo<BrokenSession>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Each, BrokenNwb, testing::ValuesIn(all_broken_sessions()), session_name);

}  // namespace
}  // namespace insula::command
