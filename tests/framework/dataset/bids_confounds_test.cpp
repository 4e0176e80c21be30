// SPDX-License-Identifier: Apache-2.0
// Named strategies of confounds are the columns that their papers define.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "framework/dataset/detail/bids.h"
#include "tests/support/tolerance.h"

namespace insula::dataset::detail {
namespace {

using Names = std::vector<std::string>;

Table table_of(const std::string& text) { return Table(text, "confounds.tsv", '\t'); }

const std::string kSix = "trans_x\ttrans_y\ttrans_z\trot_x\trot_y\trot_z";

// Six parameters that nobody would compute by accident.
double motion(int row, int parameter) { return std::sin(1.7 * row + parameter) + 0.1 * row; }

std::string motion_table(int rows) {
  std::ostringstream text;
  text.precision(17);
  text << kSix << "\n";
  for (int row = 0; row < rows; ++row)
    for (int k = 0; k < 6; ++k) text << motion(row, k) << (k < 5 ? "\t" : "\n");
  return text.str();
}

// [R R² ΔR ΔR²], with Δ the difference to the sample before. source  Satterthwaite et al. 2013
TEST(Motion24, IsSixParametersTheirDifferencesAndTheSquaresOfBoth) {
  const Table given = table_of(motion_table(7));
  const Names columns = confound_columns("motion24", given);
  ASSERT_EQ(columns.size(), 24U);
  EXPECT_TRUE(lacks_any(columns, given));
  const Table made = table_of(computed_confounds(columns, given));
  ASSERT_EQ(made.columns(), 24U);
  const Names six{"trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"};
  for (int row = 0; row < 7; ++row)
    for (int k = 0; k < 6; ++k) {
      const auto value = [&](const std::string& suffix) {
        return *made.number(static_cast<std::size_t>(row),
                            *made.find(six[static_cast<std::size_t>(k)] + suffix));
      };
      const double x = motion(row, k), dx = x - motion(row - 1, k);
      EXPECT_EQ(value(""), x);
      EXPECT_EQ(value("_power2"), x * x);
      if (row == 0) {
        EXPECT_TRUE(std::isnan(value("_derivative1")));
        EXPECT_TRUE(std::isnan(value("_derivative1_power2")));
        continue;
      }
      EXPECT_EQ(value("_derivative1"), dx);
      EXPECT_EQ(value("_derivative1_power2"), dx * dx);
    }
}

TEST(Motion24, IsTakenFromTheTableWhereItIsThere) {
  std::string header = kSix, row = "1\t2\t3\t4\t5\t6";
  for (const char* suffix : {"_derivative1", "_power2", "_derivative1_power2"})
    for (const char* name : {"trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"}) {
      header += std::string("\t") + name + suffix;
      row += "\t0";
    }
  const Table given = table_of(header + "\n" + row + "\n");
  EXPECT_FALSE(lacks_any(confound_columns("motion24", given), given));
}

TEST(Strategies, AreNestedAndJoinedWithoutRepeats) {
  const Table given =
      table_of(kSix + "\tcsf\twhite_matter\tglobal_signal\n1\t1\t1\t1\t1\t1\t1\t1\t1\n");
  const auto size = [&](const std::string& s) { return confound_columns(s, given).size(); };
  EXPECT_EQ(size("motion6"), 6U);
  EXPECT_EQ(size("motion12"), 12U);
  EXPECT_EQ(size("wm_csf"), 2U);
  EXPECT_EQ(size("wm_csf8"), 8U);
  EXPECT_EQ(size("gsr"), 1U);
  EXPECT_EQ(size("gsr4"), 4U);
  EXPECT_EQ(size("motion24+wm_csf8+gsr4"), 36U);  // the 36 parameters of Satterthwaite et al.
  EXPECT_EQ(size("motion6+motion24"), 24U);
}

TEST(Acompcor, IsFiveComponentsAndTheCosinesThatBelongToThem) {
  std::string header = kSix, row = "0\t0\t0\t0\t0\t0";
  for (int k = 6; k >= 0; --k) header += "\ta_comp_cor_0" + std::to_string(k), row += "\t1";
  for (const char* name : {"w_comp_cor_00", "cosine01", "cosine00"})
    header += std::string("\t") + name, row += "\t1";
  const Table given = table_of(header + "\n" + row + "\n");
  EXPECT_EQ(confound_columns("acompcor", given),
            (Names{"a_comp_cor_00",
                   "a_comp_cor_01",
                   "a_comp_cor_02",
                   "a_comp_cor_03",
                   "a_comp_cor_04",
                   "cosine00",
                   "cosine01"}));
  const Names joined = confound_columns("acompcor+motion6", given);
  EXPECT_EQ(joined.size(), 13U);
  EXPECT_EQ(joined.back(), "cosine01");
}

TEST(Strategies, LeaveOutVolumesThatWereNotSteady) {
  const Table given =
      table_of("global_signal\tcosine00\tnon_steady_state_outlier00\n1\t1\t1\n2\t1\t0\n");
  EXPECT_EQ(confound_columns("highpass+gsr", given),
            (Names{"global_signal", "non_steady_state_outlier00", "cosine00"}));
}

std::string mistake_of(const std::string& strategy, const std::string& table) {
  try {
    confound_columns(strategy, table_of(table));
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Strategies, ThatAreNotThereAreToldWithTheNearest) {
  EXPECT_EQ(mistake_of("moton24", motion_table(2)),
            "error: there is no strategy of confounds called 'moton24'\n  note: did you mean "
            "'motion24'? there are, to be joined by '+': motion6, motion12, motion24, wm_csf, "
            "wm_csf8, gsr, gsr4, acompcor, highpass");
  EXPECT_EQ(mistake_of("gsr", "GlobalSignal\n1\n"),
            "confounds.tsv: error: the confounds have no column 'global_signal', which 'gsr' "
            "needs\n  note: the nearest that there is is 'GlobalSignal'");
  EXPECT_EQ(mistake_of("acompcor", motion_table(2)),
            "confounds.tsv: error: the confounds have no column 'a_comp_cor_00', which 'acompcor' "
            "needs\n  note: leave the strategy out, or compute the column");
}

}  // namespace
}  // namespace insula::dataset::detail
