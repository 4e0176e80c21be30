// SPDX-License-Identifier: Apache-2.0
// Images become a dataset that is sound and runs; every way in which they are broken here is told
// in one sentence that says what to do. The whole messages are in
// tests/bad_input/images/NAME.expected.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "framework/dataset/dataset.h"
#include "framework/dataset/image.h"
#include "tests/framework/command/program.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

// All images, in a folder of their own.
void copy_images(const Folder& folder) {
  for (const auto& entry : fs::directory_iterator(INSULA_REFERENCE "/images"))
    fs::copy(entry.path(),
             folder.path(entry.path().filename().string()),
             fs::copy_options::overwrite_existing);
}

Ended import_of_images(const Folder& folder, const std::string& words) {
  return run_program("import images " + words + " --out study", folder.path(""));
}

TEST(ImportImages, GivesADatasetWithTheSeriesToTheLastBit) {
  const Folder folder;
  copy_images(folder);
  fs::rename(folder.path("floats.nii.gz"),
             folder.path("sub-01_task-dots_run-1_space-MNI_bold.nii.gz"));
  fs::rename(folder.path("swapped.nii.gz"),
             folder.path("sub-01_task-dots_run-2_space-MNI_bold.nii.gz"));
  folder.write("events.tsv", "onset\tduration\ttrial_type\n10\t10\tdots\n30\t10\tflash\n");
  const Ended made = import_of_images(
      folder, "sub-01_*_bold.nii.gz --atlas atlas.nii.gz --labels labels.tsv --events events.tsv");
  ASSERT_EQ(made.code, 0) << made.error;
  const std::string broken = " has values that are not finite: left out of its region\n",
                    edge = "of edge no place has only finite values: left out\n";
  std::string notes;
  for (const char* run : {"1", "2"}) {
    const std::string name =
        std::string("  sub-01_task-dots_run-") + run + "_space-MNI_bold.nii.gz: ";
    notes += name + "1 place" + broken + name + edge;
  }
  EXPECT_EQ(made.out,
            "study/dataset.yaml\nstudy/bold_sub-01_task-dots_run-1.tsv\n"
            "study/bold_sub-01_task-dots_run-2.tsv\n\n1 subject, 2 runs; 3 regions, 60 samples\n" +
                notes + "\nNext: insula new model --from study/dataset.yaml\n");
  // Left as they are, the numbers are those of the reader.
  std::string manifest = bytes_of(folder.path("study/dataset.yaml"));
  const std::string percent = "            percent_of_mean: true\n";
  for (std::size_t at = manifest.find(percent); at != std::string::npos;
       at = manifest.find(percent))
    manifest.erase(at, percent.size());
  folder.write("study/dataset.yaml", manifest);
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  dataset::ImageQuestion question;
  question.image = folder.path("sub-01_task-dots_run-1_space-MNI_bold.nii.gz");
  question.atlas = folder.path("atlas.nii.gz");
  question.labels = folder.path("labels.tsv");
  const dataset::Recording& bold = *data.subjects.at(0).runs.at(0).recording("bold");
  EXPECT_EQ(bold.samples, dataset::read_regional_series(question).samples);
  EXPECT_EQ(bold.interval, 2.5);
  EXPECT_EQ(data.input_names(), (std::vector<std::string>{"dots", "flash"}));
  const Ended next = run_program("new model --from study/dataset.yaml", folder.path(""));
  EXPECT_EQ(next.code, 0) << next.error;
  const Ended sound = run_program("check model/experiment.yaml", folder.path(""));
  EXPECT_EQ(sound.code, 0) << sound.error;
}

TEST(ImportImages, OtherKindsAreToldByTheirNames) {
  for (const char* words : {"rest.dtseries.nii --atlas areas.dlabel.nii --take eigenvariate",
                            "rest.ptseries.nii",
                            "sub-01_hemi-L.func.gii --atlas areas.label.gii"}) {
    const Folder folder;
    copy_images(folder);
    const Ended made = import_of_images(folder, words);
    EXPECT_EQ(made.code, 0) << made.error;
    EXPECT_TRUE(made.out.ends_with("Next: add inputs to study/dataset.yaml; --events does\n"));
    EXPECT_NO_THROW(dataset::load(folder.path("study/dataset.yaml")));
  }
}

// A surface of five vertices whose v-th one is 100 v - 250 + t, as a file that people can read.
std::string right_hemisphere(int samples) {
  std::string text =
      "<GIFTI Version=\"1.0\"><MetaData><MD><Name>TimeStep</Name><Value>800</Value>"
      "</MD><MD><Name>AnatomicalStructurePrimary</Name><Value>CortexRight</Value>"
      "</MD></MetaData>";
  for (int t = 0; t < samples; ++t) {
    text +=
        "<DataArray DataType=\"NIFTI_TYPE_FLOAT32\" Encoding=\"ASCII\" Dimensionality=\"1\" "
        "Dim0=\"5\"><Data>";
    for (int v = 0; v < 5; ++v) text += std::to_string(100 * v - 250 + t) + " ";
    text += "</Data></DataArray>";
  }
  return text + "</GIFTI>";
}

// The first two vertices are V1, the fourth is V5.
std::string right_labels(const std::string& structure = "CortexRight") {
  return "<GIFTI Version=\"1.0\"><LabelTable><Label Key=\"0\">none</Label><Label "
         "Key=\"2\">V1</Label><Label Key=\"4\">V5</Label></LabelTable><DataArray "
         "DataType=\"NIFTI_TYPE_INT32\" Encoding=\"ASCII\" Dimensionality=\"1\" "
         "Dim0=\"5\"><MetaData>"
         "<MD><Name>AnatomicalStructurePrimary</Name><Value>" +
         structure + "</Value></MD></MetaData><Data>2 2 0 4 0</Data></DataArray></GIFTI>";
}

constexpr const char* kBothHemispheres =
    "sub-01_hemi-R.func.gii sub-01_hemi-L.func.gii --atlas hemi-L.label.gii --atlas "
    "hemi-R.label.gii";

void write_hemispheres(const Folder& folder, int right_samples = 30) {
  copy_images(folder);
  fs::rename(folder.path("areas.label.gii"), folder.path("hemi-L.label.gii"));
  folder.write("sub-01_hemi-R.func.gii", right_hemisphere(right_samples));
  folder.write("hemi-R.label.gii", right_labels());
}

TEST(ImportImages, BothHemispheresOfARunBecomeOneWithRegionsNamedAfterThem) {
  const Folder folder;
  write_hemispheres(folder);
  const Ended made = import_of_images(folder, kBothHemispheres);
  ASSERT_EQ(made.code, 0) << made.error;
  EXPECT_EQ(made.out,
            "study/dataset.yaml\nstudy/bold_sub-01_run-1.tsv\n\n1 subject, 1 run; 4 regions, 30 "
            "samples\n\nNext: add inputs to study/dataset.yaml; --events does\n");
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  const dataset::Recording& bold = *data.subjects.at(0).runs.at(0).recording("bold");
  EXPECT_EQ(bold.channels, (std::vector<std::string>{"L_V1", "L_V5", "R_V1", "R_V5"}));
  EXPECT_EQ(bold.interval, 0.8);
  dataset::ImageQuestion question;
  question.image = folder.path("sub-01_hemi-L.func.gii");
  question.atlas = folder.path("hemi-L.label.gii");
  const dataset::RegionalSeries left = dataset::read_regional_series(question);
  question.image = folder.path("sub-01_hemi-R.func.gii");
  question.atlas = folder.path("hemi-R.label.gii");
  const dataset::RegionalSeries right = dataset::read_regional_series(question);
  for (Eigen::Index t = 0; t < 30; ++t) {
    EXPECT_EQ(right.samples(t, 0), static_cast<double>(t) - 200);
    EXPECT_EQ(right.samples(t, 1), static_cast<double>(t) + 50);
  }
  // Not far from 0 in every region, so that all stay as they are.
  EXPECT_EQ(bold.samples.leftCols(2), left.samples);
  EXPECT_EQ(bold.samples.rightCols(2), right.samples);
}

TEST(ImportImages, TakesTheRegionsThatAreAskedForInTheirOrder) {
  const Folder folder;
  write_hemispheres(folder);
  const Ended made =
      import_of_images(folder, std::string(kBothHemispheres) + " --region R_V5 --region L_V1");
  ASSERT_EQ(made.code, 0) << made.error;
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  const dataset::Recording& bold = *data.subjects.at(0).runs.at(0).recording("bold");
  EXPECT_EQ(bold.channels, (std::vector<std::string>{"R_V5", "L_V1"}));
}

struct BrokenImage {
  std::string name, words;
  std::function<void(const Folder&)> damage = [](const Folder&) {};
  int code = 65;
};

void PrintTo(const BrokenImage& broken, std::ostream* out) { *out << broken.name; }

// Changes bytes of a copy.
std::function<void(const Folder&)> with_bytes(const std::string& file,
                                              std::size_t at,
                                              const std::string& bytes) {
  return [=](const Folder& folder) {
    std::string whole = bytes_of(folder.path(file));
    folder.write(file, whole.replace(at, bytes.size(), bytes));
  };
}

std::function<void(const Folder&)> cut_to_half(const std::string& file) {
  return [=](const Folder& folder) {
    const std::string whole = bytes_of(folder.path(file));
    folder.write(file, whole.substr(0, whole.size() / 2));
  };
}

// With the first `from` in its text replaced.
std::function<void(const Folder&)> with_text(const std::string& file,
                                             const std::string& from,
                                             const std::string& to) {
  return [=](const Folder& folder) {
    std::string whole = bytes_of(folder.path(file));
    folder.write(file, whole.replace(whole.find(from), from.size(), to));
  };
}

std::vector<BrokenImage> broken_images() {
  const std::string dense = "rest.dtseries.nii --atlas areas.dlabel.nii";
  const std::string surface = "sub-01_hemi-L.func.gii --atlas areas.label.gii";
  return {
      {"no_atlas", "floats.nii.gz"},
      {"atlas_of_another_shape", "floats.nii.gz --atlas cropped.nii.gz"},
      {"atlas_that_lies_elsewhere", "floats.nii.gz --atlas shifted.nii.gz"},
      {"atlas_that_was_blurred", "floats.nii.gz --atlas blurred.nii.gz"},
      {"atlas_that_is_a_series", "floats.nii.gz --atlas floats.nii.gz"},
      {"image_without_an_interval", "timeless.nii.gz --atlas atlas.nii.gz"},
      {"truncated_image", "integers.nii --atlas atlas.nii.gz", cut_to_half("integers.nii")},
      {"truncated_packed_image",
       "floats.nii.gz --atlas atlas.nii.gz",
       cut_to_half("floats.nii.gz")},
      {"header_of_more_volumes",
       "integers.nii --atlas atlas.nii.gz",
       with_bytes("integers.nii", 48, std::string("\xe8\x03", 2))},
      {"image_of_complex_numbers",
       "integers.nii --atlas atlas.nii.gz",
       with_bytes("integers.nii", 70, std::string("\x20\x00\x40\x00", 4))},
      {"text_for_an_image",
       "integers.nii --atlas atlas.nii.gz",
       [](const Folder& folder) { folder.write("integers.nii", "V1\tV5\n"); }},
      {"no_such_image", "absent.nii --atlas atlas.nii.gz", [](const Folder&) {}, 66},
      {"labels_without_names",
       "floats.nii.gz --atlas atlas.nii.gz --labels labels.tsv",
       [](const Folder& folder) { folder.write("labels.tsv", "index\tregion\n1\tV1\n"); }},
      {"label_that_is_no_number",
       "floats.nii.gz --atlas atlas.nii.gz --labels labels.tsv",
       [](const Folder& folder) { folder.write("labels.tsv", "index\tname\none\tV1\n"); }},
      {"label_twice",
       "floats.nii.gz --atlas atlas.nii.gz --labels labels.tsv",
       [](const Folder& folder) { folder.write("labels.tsv", "index\tname\n1\tV1\n1\tV5\n"); }},
      {"the_same_run_twice",
       "sub-01_a.nii.gz sub-01_b.nii.gz --atlas atlas.nii.gz",
       [](const Folder& folder) {
         fs::copy(folder.path("floats.nii.gz"), folder.path("sub-01_a.nii.gz"));
         fs::copy(folder.path("floats.nii.gz"), folder.path("sub-01_b.nii.gz"));
       }},
      {"cifti_without_an_atlas", "rest.dtseries.nii"},
      {"parcels_with_an_atlas", "rest.ptseries.nii --atlas areas.dlabel.nii"},
      {"parcellation_of_another_surface", "rest.dtseries.nii --atlas other.dlabel.nii"},
      {"series_for_a_parcellation", "rest.dtseries.nii --atlas rest.dtseries.nii"},
      {"cifti_of_the_first_version",
       dense,
       with_text("rest.dtseries.nii", "Version=\"2.0\"", "Version=\"1.0\"")},
      {"cifti_of_more_places",
       dense,
       with_text("rest.dtseries.nii", "IndexCount=\"9\"", "IndexCount=\"8\"")},
      {"cifti_of_more_points",
       dense,
       with_text("rest.dtseries.nii", "SeriesPoints=\"30\"", "SeriesPoints=\"31\"")},
      {"broken_xml", dense, with_text("rest.dtseries.nii", "</Matrix>", "</Matrax>")},
      {"surface_of_other_vertices", "sub-01_hemi-L.func.gii --atlas small.label.gii"},
      {"surface_kept_outside",
       surface,
       with_text("sub-01_hemi-L.func.gii", "ExternalFileName=\"\"", "ExternalFileName=\"x.bin\"")},
      {"truncated_surface", surface, cut_to_half("sub-01_hemi-L.func.gii")},
      {"one_atlas_for_both_hemispheres",
       "sub-01_hemi-L.func.gii sub-01_hemi-R.func.gii --atlas both.label.gii",
       [](const Folder& folder) {
         write_hemispheres(folder);
         fs::rename(folder.path("hemi-L.label.gii"), folder.path("both.label.gii"));
         fs::copy(folder.path("sub-01_hemi-L.func.gii"),
                  folder.path("sub-01_hemi-R.func.gii"),
                  fs::copy_options::overwrite_existing);
       },
       64},
      {"atlas_of_the_other_hemisphere",
       "sub-01_hemi-R.func.gii --atlas hemi-L.label.gii",
       [](const Folder& folder) { write_hemispheres(folder); },
       64},
      {"labels_of_the_other_hemisphere",
       "sub-01_hemi-R.func.gii --atlas x.label.gii",
       [](const Folder& folder) {
         write_hemispheres(folder);
         folder.write("x.label.gii", right_labels("CortexLeft"));
       }},
      {"hemispheres_of_other_lengths",
       kBothHemispheres,
       [](const Folder& folder) { write_hemispheres(folder, 29); }},
      {"several_atlases_for_volumes",
       "floats.nii.gz --atlas atlas.nii.gz --atlas shifted.nii.gz",
       [](const Folder&) {},
       64},
      {"unknown_region_of_an_image", "rest.ptseries.nii --region V2", [](const Folder&) {}, 64},
      {"events_without_onsets",
       "floats.nii.gz --atlas atlas.nii.gz --events events.tsv",
       [](const Folder& folder) { folder.write("events.tsv", "time\n1\n"); }},
  };
}

class BrokenImages : public testing::TestWithParam<BrokenImage> {};

TEST_P(BrokenImages, AreToldWithTheirWholeMessageAndNothingIsWritten) {
  const Folder folder;
  copy_images(folder);
  GetParam().damage(folder);
  const Ended ended = import_of_images(folder, GetParam().words);
  EXPECT_EQ(ended.code, GetParam().code);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.error,
            bytes_of(INSULA_ROOT "/tests/bad_input/images/" + GetParam().name + ".expected"));
  EXPECT_FALSE(fs::exists(folder.path("study")));
}

std::string image_case(const testing::TestParamInfo<BrokenImage>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Each, BrokenImages, testing::ValuesIn(broken_images()), image_case);

}  // namespace
}  // namespace insula::command
