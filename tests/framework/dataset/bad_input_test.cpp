// SPDX-License-Identifier: Apache-2.0
// Every malformed dataset under tests/bad_input/datasets has its full message beside it.
#include "tests/support/bad_input.h"

#include "framework/dataset/dataset.h"

namespace insula::dataset {
namespace {

constexpr const char* kBadDatasets = "tests/bad_input/datasets";

class BadDataset : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(BadDataset, IsRefusedWithItsWholeMessage) {
  const InRoot in_root;
  const std::string path = GetParam().generic_string();
  try {
    load(path);
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()) + "\n", expected_message(GetParam()));
    const bool is_manifest_wrong = std::ranges::any_of(
        error.mistakes(), [&](const Mistake& mistake) { return mistake.place.file == path; });
    EXPECT_EQ(error.code(), is_manifest_wrong ? ExitCode::config : ExitCode::data);
  }
}

INSTANTIATE_TEST_SUITE_P(Folder,
                         BadDataset,
                         testing::ValuesIn(bad_inputs(kBadDatasets)),
                         case_name);

TEST(BadDatasets, AreManyAndEachHasAMessage) {
  EXPECT_EQ(count_expected(kBadDatasets), bad_inputs(kBadDatasets).size());
  EXPECT_GE(count_expected(kBadDatasets), 52U);
}

}  // namespace
}  // namespace insula::dataset
