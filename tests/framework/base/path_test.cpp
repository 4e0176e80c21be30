// SPDX-License-Identifier: Apache-2.0
#include "framework/base/path.h"

#include <gtest/gtest.h>

#include "tests/framework/dataset/folder.h"

namespace insula {
namespace {

TEST(NearFile, IsTheNearestOfItsFolder) {
  const dataset::Folder folder;
  folder.write("clip.npz", "");
  folder.write("blip.npz", "");
  folder.write("sub/clap.npz", "");
  EXPECT_EQ(near_file_hint(folder.path("clp.npz")), "did you mean 'clip.npz'?");
  // Equally near ones: the first by name, not the one that the folder lists first.
  EXPECT_EQ(near_file_hint(folder.path("slip.npz")), "did you mean 'blip.npz'?");
  EXPECT_EQ(near_file_hint(folder.path("su")), "");  // a folder is no file
  EXPECT_EQ(near_file_hint(folder.path("none/clip.npz")), "");
  EXPECT_EQ(near_file_hint(folder.path("something_else.h5")), "");
}

}  // namespace
}  // namespace insula
