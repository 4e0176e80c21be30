// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/pooling.h"

#include <limits>

#include "framework/base/error.h"
#include "framework/extraction/detail/batches.h"

namespace insula::extraction {
namespace {

using Rows = std::vector<float>;

// Two texts of three tokens and two features; of the second, one token is padding.
const Activation kTwoTexts{{2, 3, 2}, {1, 10, 2, 20, 6, 60, -1, 5, -3, 7, 99, 99}};
const std::vector<std::size_t> kTheirTokens{3, 2};

TEST(Pooling, OverTokensLeavesPaddingOut) {
  EXPECT_EQ(pooled_rows(kTwoTexts, 2, kTheirTokens, Pooling::mean, "x"), (Rows{3, 30, -2, 6}));
  EXPECT_EQ(pooled_rows(kTwoTexts, 2, kTheirTokens, Pooling::max, "x"), (Rows{6, 60, -1, 7}));
  EXPECT_EQ(pooled_rows(kTwoTexts, 2, kTheirTokens, Pooling::first, "x"), (Rows{1, 10, -1, 5}));
  EXPECT_EQ(pooled_rows(kTwoTexts, 2, kTheirTokens, Pooling::last, "x"), (Rows{6, 60, -3, 7}));
  EXPECT_EQ(pooled_rows(kTwoTexts, 2, kTheirTokens, Pooling::flat, "x"), kTwoTexts.numbers);
  EXPECT_EQ(pooled_rows(kTwoTexts, 1, kTheirTokens, Pooling::mean, "x"), (Rows{3, 30}));
}

TEST(Pooling, OverPlacesOfPicturesIsByChannel) {
  const Activation channels{{1, 2, 2, 2}, {1, 2, 3, 6, 10, 20, 30, 20}};
  EXPECT_EQ(pooled_rows(channels, 1, {}, Pooling::mean, "x"), (Rows{3, 20}));
  EXPECT_EQ(pooled_rows(channels, 1, {}, Pooling::max, "x"), (Rows{6, 30}));
  EXPECT_EQ(pooled_rows(channels, 1, {}, Pooling::flat, "x"), channels.numbers);
  EXPECT_THROW(pooled_rows(channels, 1, {}, Pooling::first, "x"), InputError);
}

TEST(Pooling, OfALayerThatIsPooledAlreadyChangesNothing) {
  const Activation pooled{{2, 2}, {1, 2, 3, 4}};
  EXPECT_EQ(pooled_rows(pooled, 2, kTheirTokens, Pooling::mean, "x"), pooled.numbers);
  EXPECT_EQ(pooled_rows({{2}, {5, 7}}, 2, {}, Pooling::mean, "x"), (Rows{5, 7}));
}

std::string said_of_pooling(const Activation& activation, std::span<const std::size_t> tokens) {
  try {
    pooled_rows(activation, 2, tokens, Pooling::mean, "x");
    return "";
  } catch (const InputError& error) {
    return error.mistakes().at(0).message;
  }
}

TEST(Pooling, RefusesWhatHasNoRowForEachStimulus) {
  EXPECT_EQ(said_of_pooling({{1, 3}, {1, 2, 3}}, {}),
            "layer 'x' is 1 x 3 for 2 stimuli, expected a row for each along its first dimension");
  EXPECT_EQ(said_of_pooling({{}, {1}}, {}),
            "layer 'x' is a single number for 2 stimuli, expected a row for each along its first "
            "dimension");
  EXPECT_EQ(said_of_pooling({{2, 1, 1, 1}, {1, 2}}, kTheirTokens),
            "layer 'x' is 2 x 1 x 1 x 1, which can only be pooled flat");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(said_of_pooling({{2, 2}, {1, 2, nan, 4}}, {}),
            "layer 'x' has a number that is not finite for stimulus 1 of the batch (from 0)");
}

TEST(Pooling, NormalisedRowsHaveLengthOneAndZerosStay) {
  Rows rows{3, 4, 0, 0};
  normalise_rows(rows, 2);
  EXPECT_EQ(rows, (Rows{0.6F, 0.8F, 0, 0}));
}

TEST(Batches, HaveTextsOfOneLengthAndEveryStimulusOnce) {
  const std::vector<std::size_t> tokens{5, 3, 5, 5, 3, 9};
  EXPECT_EQ(detail::batches(6, tokens, 2),
            (std::vector<std::vector<std::size_t>>{{1, 4}, {0, 2}, {3}, {5}}));
  EXPECT_EQ(detail::batches(3, {}, 2), (std::vector<std::vector<std::size_t>>{{0, 1}, {2}}));
}

}  // namespace
}  // namespace insula::extraction
