// SPDX-License-Identifier: Apache-2.0
// What the report says and draws of recordings about events.
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/report/detail/figure_json.h"
#include "framework/report/detail/files.h"
#include "framework/report/detail/sections.h"
#include "framework/report/html.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/temporary_folder.h"

namespace insula::report {
namespace {

constexpr int kBinsOfExample = 8;

// A pupil and a neuron about "cue", of all events and of those to the left.
Results results_about_events() {
  Results results = example_results();
  for (const char* recording : {"pupil", "spikes"})
    for (const ExampleModel& model : kExampleModels)
      for (const char* level : {"", "side.left"})
        for (int bin = 0; bin < kBinsOfExample; ++bin) {
          CheckRow row;
          row.model = model.name;
          row.kind = model.hypothesis ? "hypothesis" : "baseline";
          row.observation = recording;
          row.channel = "first";
          row.check = kEventLocked;
          row.trials = "held_out";
          row.term = "cue";
          row.level = level;
          row.unit = row.observation == "spikes" ? "1/s" : "mm";
          row.low = 0.5 * (bin - 2);
          row.high = 0.5 * (bin - 1);
          row.position = 0.5 * (row.low + row.high);
          row.n = 20 - bin;
          row.left_out = 2 + bin;
          row.observed = 3 + bin;
          row.observed_low = 2 + bin;
          row.observed_high = 4 + bin;
          row.predicted = 3 + model.skill * bin;
          row.predicted_low = 2.5 + model.skill * bin;
          row.predicted_high = 3.5 + model.skill * bin;
          results.checks.push_back(row);
        }
  results.rasters = {
      {"spikes", "first", "cue", "", "s01", "run-1", 12.5, -1, 0.5, "0,1,12,,0,0,40,3"},
      {"spikes", "first", "cue", "", "s01", "run-1", 19, -1, 0.5, "0,0,0,0,0,0,0,1"},
      {"spikes", "first", "cue", "side.left", "s01", "run-1", 19, -1, 0.5, "0,0,0,0,0,0,0,1"}};
  return results;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(EventFigures, HaveAPlaceForEveryRecordingAndSayWhatIsDrawn) {
  const std::string html = event_figures(results_about_events()).code();
  const std::size_t pupil = html.find("<h3>pupil</h3>"), spikes = html.find("<h3>spikes</h3>");
  ASSERT_NE(pupil, std::string::npos);
  ASSERT_NE(spikes, std::string::npos);
  const std::string first = html.substr(pupil, spikes - pupil), second = html.substr(spikes);
  EXPECT_TRUE(says(first, "data-figure=\"events-0\""));
  EXPECT_TRUE(says(second, "data-figure=\"events-1\""));
  EXPECT_TRUE(says(first, "from each of which its mean before the event was taken"));
  EXPECT_FALSE(says(first, "a row an event"));
  EXPECT_TRUE(says(second, "mean rate (spikes/s) over events"));
  EXPECT_TRUE(says(second, "what was counted, a row an event"));
}

TEST(EventFigures, SayWhetherSamplesWereSeen) {
  Results results = results_about_events();
  const std::string unseen = "Every sample is predicted by the fit of the fold that did not see it";
  EXPECT_TRUE(says(event_figures(results).code(), unseen + "."));
  for (CheckRow& row : results.checks)
    if (row.model == "gated") row.trials = "fitted";
  EXPECT_TRUE(says(event_figures(results).code(), unseen + ", but for gated"));
  for (CheckRow& row : results.checks) row.trials = "fitted";
  EXPECT_FALSE(says(event_figures(results).code(), unseen));
}

TEST(EventFigures, LeaveTrialsAsTheyWere) {
  EXPECT_EQ(trial_figures(results_about_events()).code(), trial_figures(example_results()).code());
  std::size_t left_out = 0;
  const Json with = Json::parse(figure_data(results_about_events(), left_out));
  const Json without = Json::parse(figure_data(example_results(), left_out));
  EXPECT_EQ(with["checks"], without["checks"]);
  EXPECT_EQ(without["events"].size(), 0u);
  EXPECT_EQ(with["events"].size(), 4u);
}

TEST(EventFigures, AreDrawnFromTheRowsOfTheTable) {
  const Results results = results_about_events();
  const Json curves = event_curves(results);
  ASSERT_EQ(curves.size(), 4u);  // two recordings, all events and one level
  for (const CheckRow& row : results.checks) {
    if (row.check != kEventLocked) continue;
    const auto curve = std::find_if(curves.begin(), curves.end(), [&](const Json& c) {
      return c["observation"] == row.observation && c["level"] == row.level;
    });
    ASSERT_NE(curve, curves.end());
    const auto bin = static_cast<std::size_t>(2 * row.low + 2);
    EXPECT_EQ((*curve)["unit"], row.unit);
    EXPECT_EQ((*curve)["term"], "cue");
    EXPECT_EQ((*curve)["position"][bin], row.position);
    EXPECT_EQ((*curve)["n"][bin], row.n);
    EXPECT_EQ((*curve)["left_out"][bin], row.left_out);
    EXPECT_EQ((*curve)["observed_high"][bin], row.observed_high);
    const Json& model = (*curve)["models"][row.model];
    EXPECT_EQ(model["predicted"][bin], brief(row.predicted));
    EXPECT_EQ(model["low"][bin], brief(row.predicted_low));
    EXPECT_EQ(model["high"][bin], brief(row.predicted_high));
  }
}

TEST(EventFigures, HoldRastersWithACharacterABin) {
  const Json curves = event_curves(results_about_events());
  const auto raster_of = [&](const std::string& recording, const std::string& level) {
    for (const Json& curve : curves)
      if (curve["observation"] == recording && curve["level"] == level)
        return curve.contains("raster") ? curve["raster"] : Json();
    return Json();
  };
  EXPECT_TRUE(raster_of("pupil", "").is_null());
  const Json all = raster_of("spikes", "");
  EXPECT_EQ(all["from"], -1);
  EXPECT_EQ(all["width"], 0.5);
  EXPECT_EQ(all["events"], 2);
  ASSERT_EQ(all["rows"].size(), 2u);
  EXPECT_EQ(all["rows"][0], "01c.00z3");  // 12 is c; 35 and more is z; "." is not known
  EXPECT_EQ(all["rows"][1], "00000001");
  EXPECT_EQ(raster_of("spikes", "side.left")["rows"].size(), 1u);
}

TEST(EventFigures, ThinRastersEvenlyAndHideCurvesThatWouldMakeThePageTooLarge) {
  Results results = results_about_events();
  const RasterRow row = results.rasters[1];
  for (int i = 0; i < 400; ++i) results.rasters.push_back(row);
  const std::vector<CheckRow> once = results.checks;
  for (int neuron = 0; neuron < 120; ++neuron)
    for (CheckRow check : once)
      if (check.check == kEventLocked) {
        check.channel = "neuron " + std::to_string(neuron);
        results.checks.push_back(check);
      }
  const Json curves = event_curves(results);
  const auto hidden = std::count_if(
      curves.begin(), curves.end(), [](const Json& c) { return c["hidden"].get<bool>(); });
  EXPECT_EQ(curves.size(), 4u * 121);
  EXPECT_GT(hidden, 0);
  for (const Json& curve : curves) {
    EXPECT_EQ(curve.contains("models"), !curve["hidden"].get<bool>());
    if (!curve.contains("raster") || curve["level"] != "") continue;
    EXPECT_EQ(curve["raster"]["events"], 402);
    EXPECT_EQ(curve["raster"]["rows"].size(), 150u);
  }
  EXPECT_LT(curves.dump().size(), 1'000'000u);
}

TEST(EventFigures, AreShownOnlyWhereThereAreEventsAndComeFromTheFolderAlone) {
  const auto page_of = [](const Results& results) {
    const TemporaryFolder folder;
    write(results, folder.path());
    write_html(folder.path());
    return read_file(folder / "report.html");
  };
  EXPECT_TRUE(says(page_of(example_results()), "<section id=\"events\" hidden>"));
  const std::string page = page_of(results_about_events());
  EXPECT_FALSE(says(page, "<section id=\"events\" hidden>"));
  EXPECT_TRUE(says(page, "01c.00z3"));
  EXPECT_TRUE(says(page, "download=\"rasters.tsv\""));
  EXPECT_FALSE(says(page_of(example_results()), "download=\"rasters.tsv\""));
  Results no_trials = results_about_events();
  std::erase_if(no_trials.checks, [](const CheckRow& row) { return row.check != kEventLocked; });
  EXPECT_TRUE(says(page_of(no_trials), "<section id=\"trials\" hidden>"));
}

// Names of events, levels and channels reach the page as text.
TEST(EventFigures, LetNoNameBecomeMarkup) {
  Results results = results_about_events();
  const std::string hostile = "</script><script>alert(1)</script>";
  for (CheckRow& row : results.checks)
    row.observation = row.term = row.level = row.channel = hostile;
  EXPECT_FALSE(says(event_figures(results).code(), "<script"));
  std::size_t left_out = 0;
  EXPECT_FALSE(says(figure_data(results, left_out), "<"));
}

TEST(Rasters, AreReadBackExactlyAndRemovedWithTheRunThatHadThem) {
  const TemporaryFolder folder;
  const Results results = results_about_events();
  write(results, folder.path());
  const Results back = read(folder.path());
  EXPECT_EQ(to_tsv(back.rasters), to_tsv(results.rasters));
  EXPECT_EQ(to_tsv(back.checks), to_tsv(results.checks));
  write(example_results(), folder.path());
  EXPECT_TRUE(read(folder.path()).rasters.empty());
  EXPECT_THROW(read_file(folder / "rasters.tsv"), InputError);
}

}  // namespace
}  // namespace insula::report
