// SPDX-License-Identifier: Apache-2.0
// SPM's own models of attention to motion, imported: where INSULA_DATA is not set, tests of them
// are skipped.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {

/// The project is in folder.path("study"), the files in `mat`.
class RealModels : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("INSULA_DATA");
    if (data == nullptr)
      GTEST_SKIP() << "INSULA_DATA does not name a folder with attention-to-motion/";
    mat = std::string(data) + "/attention-to-motion/mat/";
    const Ended made = run_program(
        "import spm '" + mat + "DCM_bilinear_1.mat' '" + mat + "DCM_bilinear_2.mat' --out study",
        folder.path(""));
    ASSERT_EQ(made.code, 0) << made.error;
  }
  dataset::Folder folder;
  std::string mat;
};

}  // namespace insula::command
