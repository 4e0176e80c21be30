// SPDX-License-Identifier: Apache-2.0
// Which folder may include which: the rule of framework/README.md, held by reading the tree.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/structure/tree.h"

namespace insula::structure {
namespace {

const std::vector<std::string> kFloors{"base",
                                       "numerics",
                                       "config",
                                       "contract",
                                       "dataset",
                                       "extraction",
                                       "architecture",
                                       "simulation",
                                       "regression",
                                       "inference",
                                       "evaluation",
                                       "schedule",
                                       "report",
                                       "experiment",
                                       "command"};

// Of "framework/base/text.h" the folder "framework" and the room "base".
struct Address {
  std::string folder, room;
};

Address address(const std::string& path) {
  const std::size_t first = path.find('/');
  if (first == std::string::npos) return {};
  const std::size_t second = path.find('/', first + 1);
  if (second == std::string::npos) return {path.substr(0, first), ""};
  return {path.substr(0, first), path.substr(first + 1, second - first - 1)};
}

std::size_t height(const std::string& floor) {
  return static_cast<std::size_t>(std::ranges::find(kFloors, floor) - kFloors.begin());
}

bool one_of(const std::string& word, const std::vector<std::string>& words) {
  return std::ranges::find(words, word) != words.end();
}

bool floor_may_include(const std::string& floor, const Address& target) {
  if (target.folder == "modules") return floor == "command";
  if (target.folder != "framework" || height(target.room) == kFloors.size()) return false;
  // A results folder is all that a report needs, so that it can be made again from that alone.
  if (floor == "report") return one_of(target.room, {"base", "numerics", "report"});
  return height(target.room) <= height(floor);
}

bool module_may_include(const std::string& room, const Address& target) {
  if (target.folder == "modules") return true;
  if (target.folder != "framework") return false;
  const bool of_baseline = room == "baselines" && target.room == "regression";
  return of_baseline || one_of(target.room, {"base", "numerics", "contract"});
}

// "" or the sentence about an include that its file may not have.
std::string offence(const Include& include) {
  const Address from = address(include.file), to = address(include.target);
  const bool of_this_project = one_of(to.folder, {"framework", "modules", "tests"});
  if (!of_this_project) return "";
  const bool allowed = from.folder == "modules" ? module_may_include(from.room, to)
                                                : floor_may_include(from.room, to);
  if (allowed) return "";
  const std::string place = include.file + ":" + std::to_string(include.line) + ": ";
  return place + include.text + "  (" + from.folder + "/" + from.room + " may not include " +
         to.folder + "/" + to.room + ")\n";
}

std::string offence_of(const std::string& file, const std::string& line) {
  const std::vector<Include> found = includes_in(file, {line});
  return found.empty() ? "no include found" : offence(found.front());
}

TEST(IncludeRule, LetsAFloorIncludeItselfAndWhatIsBelow) {
  EXPECT_EQ(offence_of("framework/config/a.cpp", "#include \"framework/config/node.h\""), "");
  EXPECT_EQ(offence_of("framework/config/a.cpp", "#include \"framework/base/text.h\""), "");
  EXPECT_EQ(offence_of("framework/base/a.cpp", "#include <vector>"), "");
  EXPECT_EQ(offence_of("framework/command/a.cpp", "#include \"modules/catalogue.h\""), "");
}

TEST(IncludeRule, PrintsTheLineThatClimbs) {
  EXPECT_EQ(offence_of("framework/base/a.cpp", "#include \"framework/config/node.h\""),
            "framework/base/a.cpp:1: #include \"framework/config/node.h\"  "
            "(framework/base may not include framework/config)\n");
}

TEST(IncludeRule, SeesIncludesHoweverTheyAreSpaced) {
  EXPECT_NE(offence_of("framework/base/a.cpp", " #  include   <framework/config/node.h>"), "");
}

TEST(IncludeRule, KeepsTheFrameworkFromTheModules) {
  EXPECT_NE(offence_of("framework/simulation/a.cpp", "#include \"modules/catalogue.h\""), "");
  EXPECT_NE(offence_of("framework/base/a.cpp", "#include \"tests/support/tolerance.h\""), "");
}

TEST(IncludeRule, KeepsTheReportToAFolderOfResults) {
  EXPECT_EQ(offence_of("framework/report/a.cpp", "#include \"framework/numerics/hrf.h\""), "");
  EXPECT_NE(offence_of("framework/report/a.cpp", "#include \"framework/config/node.h\""), "");
  EXPECT_NE(offence_of("framework/report/a.cpp", "#include \"framework/inference/fit.h\""), "");
}

TEST(IncludeRule, KeepsModulesToTheContract) {
  EXPECT_EQ(offence_of("modules/regions/a.cpp", "#include \"framework/contract/region.h\""), "");
  EXPECT_NE(offence_of("modules/regions/a.cpp", "#include \"framework/regression/ridge.h\""), "");
  EXPECT_EQ(offence_of("modules/baselines/a.cpp", "#include \"framework/regression/ridge.h\""), "");
  EXPECT_NE(offence_of("modules/baselines/a.cpp", "#include \"framework/config/node.h\""), "");
}

TEST(Tree, IncludesOnlyDownwards) {
  std::string offences;
  for (const char* folder : {"framework", "modules"}) {
    const std::vector<Include> includes = includes_below(folder);
    EXPECT_GT(includes.size(), 0U) << folder << " was not read";
    for (const Include& include : includes) offences += offence(include);
  }
  EXPECT_EQ(offences, "");
}

TEST(Tree, HasNoFloorThatTheRuleDoesNotKnow) {
  for (const std::string& file : source_files("framework")) {
    EXPECT_LT(height(address(file).room), kFloors.size()) << file;
  }
}

// Each of these costs a second of compiling wherever it is included, and shows its types there.
// HDF5 is read on one floor and written on another.
TEST(Tree, KeepsHeavyLibrariesInOneFileEach) {
  const std::vector<std::string> heavy{"yaml-cpp/",
                                       "boost/graph/",
                                       "hdf5",
                                       "nifti",
                                       "expat",
                                       "sqlite3.h",
                                       "tbb/",
                                       "oneapi/",
                                       "openvino/",
                                       "utf8proc",
                                       "png.h",
                                       "turbojpeg"};
  const std::map<std::string, std::size_t> more{{"hdf5", 2}};
  std::map<std::string, std::set<std::string>> users, floors;
  for (const char* folder : {"framework", "modules"}) {
    for (const Include& include : includes_below(folder)) {
      for (const std::string& library : heavy) {
        if (!include.target.starts_with(library)) continue;
        users[library].insert(include.file);
        floors[library].insert(address(include.file).room);
      }
    }
  }
  EXPECT_TRUE(users.contains("yaml-cpp/")) << "the tree was not read";
  for (const auto& [library, files] : users) {
    std::string list;
    for (const std::string& file : files) list += "  " + file + "\n";
    EXPECT_EQ(files.size(), more.contains(library) ? more.at(library) : 1U)
        << library << " is included by\n"
        << list;
    EXPECT_EQ(floors[library].size(), files.size()) << library << " is included by\n" << list;
  }
}

}  // namespace
}  // namespace insula::structure
