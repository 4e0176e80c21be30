// SPDX-License-Identifier: Apache-2.0
#include "framework/schedule/archive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace insula::schedule {

enum class Ending { good, bad };

struct Step {
  double time = 0;
  Ending ending = Ending::good;
  std::vector<std::string> words;
};

struct Walk {
  std::string name;
  std::vector<Step> steps;
  Eigen::MatrixXd matrix;
  Eigen::VectorXi whole;
  std::optional<double> maybe;
  std::pair<int, std::string> pair;
  std::vector<char> flags;
};

template <>
struct Fields<Step> {
  static void of(auto&& visit, auto& x) { visit(x.time, x.ending, x.words); }
};
template <>
struct Fields<Walk> {
  static void of(auto&& visit, auto& x) {
    visit(x.name, x.steps, x.matrix, x.whole, x.maybe, x.pair, x.flags);
  }
};

namespace {

static_assert(field_count<Step>() == 3);
static_assert(field_count<Walk>() == 7);

Walk some_walk() {
  Walk walk{"to\0the sea", {}, Eigen::MatrixXd::Random(3, 2), {}, 0.1, {7, "x"}, {1, 0, 1}};
  walk.steps = {{-0.0, Ending::bad, {"", "a\tb"}}, {std::nan("42"), Ending::good, {}}};
  walk.matrix(1, 1) = -std::numeric_limits<double>::infinity();
  walk.matrix(2, 0) = std::numeric_limits<double>::denorm_min();
  walk.whole = Eigen::VectorXi::LinSpaced(5, 1, 5);
  return walk;
}

TEST(Archive, GivesBackEveryBit) {
  const std::string bytes = to_bytes(some_walk());
  const Walk same = from_bytes<Walk>(bytes);
  EXPECT_EQ(to_bytes(same), bytes);
  EXPECT_TRUE(std::signbit(same.steps[0].time));
  EXPECT_TRUE(std::isnan(same.steps[1].time));
  EXPECT_EQ(same.steps[0].ending, Ending::bad);
  EXPECT_EQ(same.matrix(2, 0), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(same.whole.sum(), 15);
  EXPECT_EQ(same.maybe, 0.1);
}

TEST(Archive, KeepsTheShapeOfEmptyMatrices) {
  const Eigen::MatrixXd wide(0, 4);
  const auto same = from_bytes<Eigen::MatrixXd>(to_bytes(wide));
  EXPECT_EQ(same.rows(), 0);
  EXPECT_EQ(same.cols(), 4);
}

TEST(Archive, RefusesBytesThatEndEarlyOrGoOn) {
  const std::string bytes = to_bytes(some_walk());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_THROW(from_bytes<Walk>(std::string_view(bytes).substr(0, length)), Damaged) << length;
  EXPECT_THROW(from_bytes<Walk>(bytes + '\0'), Damaged);
}

TEST(Archive, RefusesATruthValueThatIsNone) {
  EXPECT_TRUE(from_bytes<bool>(std::string_view("\1", 1)));
  EXPECT_FALSE(from_bytes<bool>(std::string_view("\0", 1)));
  EXPECT_THROW(from_bytes<bool>("\5"), Damaged);
}

// Every byte at every value that a bit's flip gives: read as another value or refused, but never
// more memory than the bytes could fill.
TEST(Archive, NeverAsksForMoreThanTheBytesHold) {
  const std::string bytes = to_bytes(some_walk());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string wrong = bytes;
      wrong[at] = static_cast<char>(wrong[at] ^ (1 << bit));
      try {
        const Walk other = from_bytes<Walk>(wrong);
        EXPECT_LE(other.matrix.size(), static_cast<Eigen::Index>(bytes.size()));
      } catch (const Damaged&) {
        continue;
      }
    }
  }
}

}  // namespace
}  // namespace insula::schedule
