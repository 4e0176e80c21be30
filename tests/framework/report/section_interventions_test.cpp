// SPDX-License-Identifier: Apache-2.0
// What the page and the folder hold of interventions.
#include <gtest/gtest.h>

#include <filesystem>

#include "framework/base/error.h"
#include "framework/report/detail/figure_json.h"
#include "framework/report/detail/sections.h"
#include "framework/report/html.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/temporary_folder.h"

namespace insula::report {
namespace {

InterventionRow row_of(const std::string& quantity, double value) {
  InterventionRow row;
  row.model = "gated";
  row.intervention = "cut V1 -> V5";
  row.subject = "s01";
  row.run = "all";
  row.modality = row.observation = "bold";
  row.channel = "V5";
  row.quantity = quantity;
  row.unit = quantity.starts_with("mean") ? "%" : "1";
  row.value = value;
  row.low = value - 0.125;
  row.high = value + 0.125;
  row.draws = 400;
  row.failed = 0;
  return row;
}

Results with_interventions() {
  Results results = example_results();
  results.interventions = {row_of("mean_intact", 2.5),
                           row_of("mean_change", -1),
                           row_of("size_of_change", 0.75),
                           row_of("response_left", 0.25)};
  InterventionRow lacking;
  lacking.model = "forward";
  lacking.intervention = "cut V1 -> V5";
  lacking.subject = lacking.run = "all";
  lacking.note = "forward has no projection 'V1 -> V5'";
  results.interventions.push_back(lacking);
  results.intervention_sentences = {
      {"gated", "cut V1 -> V5", "By gated, 'cut V1 -> V5' leaves <V5> 25 % of its response."}};
  InterventionCourse course{
      "gated", "cut V1 -> V5", "s/01", "", "bold", "%", {"V1", "V5"}, {}, {}, {}, {}, {}};
  course.time = Eigen::MatrixXd::Constant(3, 2, 2);
  course.time.col(0) << 0, 2, 4;
  course.intact = course.time * 0.5;
  course.changed = course.time * 0.25;
  course.intact_sd = course.time * 0.125;
  course.changed_sd = Eigen::MatrixXd::Constant(3, 2, kUnknown);
  results.intervention_courses = {course};
  return results;
}

TEST(Interventions, ComeBackFromAFolderAndLeaveWithIt) {
  const TemporaryFolder folder;
  write(with_interventions(), folder.path());
  const Results back = read(folder.path());
  ASSERT_EQ(back.interventions.size(), 5u);
  EXPECT_EQ(back.interventions[3].quantity, "response_left");
  EXPECT_EQ(back.interventions[3].low, 0.125);
  EXPECT_EQ(back.interventions[4].note, "forward has no projection 'V1 -> V5'");
  EXPECT_TRUE(std::isnan(back.interventions[4].draws));
  ASSERT_EQ(back.intervention_sentences.size(), 1u);
  EXPECT_EQ(back.intervention_sentences[0].sentence,
            with_interventions().intervention_sentences[0].sentence);
  ASSERT_EQ(back.intervention_courses.size(), 1u);
  const InterventionCourse &course = back.intervention_courses[0],
                           should = with_interventions().intervention_courses[0];
  EXPECT_EQ(course.intervention, "cut V1 -> V5");
  EXPECT_EQ(course.subject, "s/01");
  EXPECT_EQ(course.run, "");
  EXPECT_EQ(course.unit, "%");
  EXPECT_EQ(course.channels, should.channels);
  EXPECT_EQ(course.time, should.time);
  EXPECT_EQ(course.intact, should.intact);
  EXPECT_EQ(course.changed, should.changed);
  EXPECT_EQ(course.intact_sd, should.intact_sd);
  EXPECT_TRUE(course.changed_sd.hasNaN());

  write(example_results(), folder.path());
  EXPECT_TRUE(read(folder.path()).interventions.empty());
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/interventions.tsv"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/interventions.h5"))
      << "an earlier run's courses are gone";
}

TEST(Interventions, OfAnotherRunAreRefused) {
  const TemporaryFolder folder, other;
  write(with_interventions(), folder.path());
  Results changed = with_interventions();
  changed.intervention_courses[0].intact *= 2;
  write(changed, other.path());
  std::filesystem::copy_file(other.path() + "/interventions.h5",
                             folder.path() + "/interventions.h5",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THROW(read(folder.path()), InputError);
}

TEST(Interventions, HaveSentencesAndATable) {
  const std::string code = intervention_tables(with_interventions()).code();
  EXPECT_NE(code.find("By gated, &#39;cut V1 -&gt; V5&#39; leaves &lt;V5&gt; 25 %"),
            std::string::npos)
      << code;
  EXPECT_NE(code.find("−1 %"), std::string::npos) << code;
  EXPECT_NE(code.find("[0.125, 0.375]"), std::string::npos) << code;
  EXPECT_NE(code.find("forward has no projection &#39;V1 -&gt; V5&#39;"), std::string::npos);
  EXPECT_TRUE(intervention_tables(example_results()).empty());
}

TEST(Interventions, AreDrawnUpToWhatAPageCanHold) {
  Results results = with_interventions();
  std::size_t left_out = 0;
  const Json few = intervention_courses(results, left_out);
  EXPECT_EQ(left_out, 0u);
  EXPECT_EQ(few[0]["changed"][0], Json::array({0, 0.5, 1}));
  EXPECT_EQ(few[0]["changed_sd"][1], Json::array({nullptr, nullptr, nullptr}));
  InterventionCourse& large = results.intervention_courses[0];
  for (Eigen::MatrixXd* m :
       {&large.time, &large.intact, &large.changed, &large.intact_sd, &large.changed_sd})
    *m = Eigen::MatrixXd::Zero(15'000, 2);
  results.intervention_courses.push_back(large);
  EXPECT_EQ(intervention_courses(results, left_out).size(), 1u);
  EXPECT_EQ(left_out, 1u);
}

}  // namespace
}  // namespace insula::report
