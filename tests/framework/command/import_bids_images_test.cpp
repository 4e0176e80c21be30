// SPDX-License-Identifier: Apache-2.0
// BIDS datasets whose series of regions are in images, as XCP-D and fMRIPrep write them: what
// nibabel put into the images comes out of the dataset.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "framework/dataset/file.h"
#include "framework/dataset/image.h"
#include "tests/framework/command/program.h"
#include "tests/framework/command/small_bids.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/support/tolerance.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::BidsTree;
using dataset::Dataset;
using dataset::Recording;
using test::import_of;

using Words = std::vector<std::string>;

const std::string kReferenceImages = INSULA_REFERENCE "/images/";
constexpr int kImageSamples = 30;

void copy_image(const BidsTree& tree, const std::string& image, const std::string& file) {
  tree.write(file, bytes_of(kReferenceImages + image));
}

// Two subjects, one of them with two sessions, by fMRIPrep and XCP-D 0.10: surfaces of 91k places.
const BidsTree& with_cifti(const BidsTree& tree) {
  for (const char* run : {"sub-01/ses-a/func/sub-01_ses-a_task-rest_run-1",
                          "sub-01/ses-b/func/sub-01_ses-b_task-rest_run-1",
                          "sub-02/ses-a/func/sub-02_ses-a_task-rest_run-1"}) {
    const std::string name = run;
    tree.write(name + "_bold.nii.gz", "");
    tree.write(name + "_events.tsv", "onset\tduration\ttrial_type\n3\t5\tface\n12\t5\thouse\n");
    const std::string prep = "derivatives/fmriprep/" + name, xcpd = "derivatives/xcp_d/" + name;
    copy_image(tree, "rest.dtseries.nii", prep + "_space-fsLR_den-91k_bold.dtseries.nii");
    std::string confounds =
        "trans_x\ttrans_y\ttrans_z\trot_x\trot_y\trot_z\tframewise_displacement\n";
    for (int t = 0; t < kImageSamples; ++t)
      confounds += "1\t2\t3\t4\t5\t6\t" + std::string(t == 4 ? "0.9" : "0.1") + "\n";
    tree.write(prep + "_desc-confounds_timeseries.tsv", confounds);
    copy_image(tree,
               "rest.ptseries.nii",
               xcpd + "_space-fsLR_seg-Glasser_den-91k_stat-mean_timeseries.ptseries.nii");
    copy_image(tree,
               "rest.ptseries.nii",
               xcpd + "_space-fsLR_seg-Glasser_den-91k_stat-alff_timeseries.ptseries.nii");
    copy_image(tree,
               "rest.ptseries.nii",
               xcpd + "_space-fsLR_seg-Tian_den-91k_stat-mean_timeseries.ptseries.nii");
  }
  tree.write("task-rest_bold.json", "{\"RepetitionTime\": 0.72}");
  return tree;
}

Dataset imported_images(const BidsTree& tree, const std::string& options) {
  const Ended ended = import_of(tree, options);
  EXPECT_EQ(ended.code, 0) << ended.error;
  return dataset::load(tree.folder().path("study/dataset.yaml"));
}

dataset::RegionalSeries regions_in(const std::string& image, const std::string& atlas) {
  dataset::ImageQuestion question;
  question.image = kReferenceImages + image;
  if (!atlas.empty()) question.atlas = kReferenceImages + atlas;
  return dataset::read_regional_series(question);
}

TEST(ImportBidsImages, ParcelsOfCiftiAreTheSeriesOfEveryRunToTheLastBit) {
  const BidsTree tree;
  const Dataset data = imported_images(with_cifti(tree), "--atlas Glasser --censor '0.5 mm'");
  ASSERT_EQ(data.subjects.size(), 2U);
  ASSERT_EQ(data.subjects[0].runs.size(), 2U);
  EXPECT_EQ(data.subjects[0].runs[1].id, "ses-b_run-1");
  EXPECT_EQ(data.input_names(), (Words{"face", "house"}));
  const dataset::RegionalSeries truth = regions_in("rest.ptseries.nii", "");
  for (const dataset::Subject& subject : data.subjects)
    for (const dataset::Run& run : subject.runs) {
      const Recording& bold = *run.recording("bold");
      EXPECT_EQ(bold.channels, (Words{"V1", "V5"}));
      EXPECT_EQ(bold.interval, 0.72);
      EXPECT_CLOSE(run.duration, 0.72 * kImageSamples, Tolerance::rounding(30));
      ASSERT_EQ(bold.samples.rows(), kImageSamples);
      for (Eigen::Index t = 0; t < kImageSamples; ++t)
        for (Eigen::Index r = 0; r < 2; ++r) {
          if (t == 4)
            EXPECT_TRUE(std::isnan(bold.samples(t, r)));  // the head moved
          else
            EXPECT_EQ(bold.samples(t, r), truth.samples(t, r));
        }
    }
}

// A run's summary holds the manifest's hash.
TEST(ImportBidsImages, ManifestsNameWhatTheirTablesWereMadeOfByItsHash) {
  const BidsTree tree;
  with_cifti(tree);
  fs::copy(kReferenceImages + "areas.dlabel.nii", tree.folder().path("areas.dlabel.nii"));
  imported_images(tree, "--atlas areas.dlabel.nii");
  const std::string text = bytes_of(tree.folder().path("study/dataset.yaml"));
  for (const auto& [file, image] :
       {std::pair<std::string, std::string>{"../areas.dlabel.nii", "areas.dlabel.nii"},
        {"../ds/derivatives/fmriprep/sub-02/ses-a/func/"
         "sub-02_ses-a_task-rest_run-1_space-fsLR_den-91k_bold.dtseries.nii",
         "rest.dtseries.nii"}})
    EXPECT_NE(text.find("# made of \"" + file + "\", sha256 " +
                        dataset::sha256(bytes_of(kReferenceImages + image)) + "\n"),
              std::string::npos)
        << text;
}

TEST(ImportBidsImages, DenseSeriesAreParcellatedByAnAtlasThatIsAFile) {
  const BidsTree tree;
  with_cifti(tree);
  fs::copy(kReferenceImages + "areas.dlabel.nii", tree.folder().path("areas.dlabel.nii"));
  const Dataset data = imported_images(tree, "--atlas areas.dlabel.nii --region LGN --region V1");
  const dataset::RegionalSeries truth = regions_in("rest.dtseries.nii", "areas.dlabel.nii");
  ASSERT_EQ(truth.regions, (Words{"V1", "V5", "LGN"}));
  const Recording& bold = *data.subjects[1].runs[0].recording("bold");
  EXPECT_EQ(bold.channels, (Words{"LGN", "V1"}));
  EXPECT_EQ(bold.samples.col(0), truth.samples.col(2));
  EXPECT_EQ(bold.samples.col(1), truth.samples.col(0));
}

TEST(ImportBidsImages, VolumesAreParcellatedByTheirAtlasAndBroughtToPercent) {
  const BidsTree tree;
  copy_image(tree,
             "integers.nii",
             "derivatives/fmriprep/sub-1/func/sub-1_task-a_space-MNI_desc-preproc_bold.nii");
  tree.write("sub-1/func/sub-1_task-a_bold.nii.gz", "");  // raw ones are none of them
  fs::copy(kReferenceImages + "atlas.nii.gz", tree.folder().path("atlas.nii.gz"));
  fs::copy(kReferenceImages + "labels.tsv", tree.folder().path("labels.tsv"));
  const Dataset data = imported_images(
      tree, "--atlas atlas.nii.gz --labels labels.tsv --region V1 --region V5 --region SPC");
  const dataset::RegionalSeries truth = regions_in("integers.nii", "atlas.nii.gz");
  const Recording& bold = *data.subjects[0].runs[0].recording("bold");
  EXPECT_EQ(bold.channels, (Words{"V1", "V5", "SPC"}));
  EXPECT_EQ(bold.interval, 1.5);  // no sidecar tells it: the header does
  EXPECT_EQ(bold.unit, "%");
  for (Eigen::Index r = 0; r < 3; ++r) {
    const double mean = truth.samples.col(r).mean();
    for (Eigen::Index t = 0; t < kImageSamples; ++t)
      EXPECT_CLOSE(
          bold.samples(t, r), 100 * (truth.samples(t, r) / mean - 1), Tolerance::rounding(3000));
  }
}

// "edge" has a mean below 0, of which there is no percentage.
TEST(ImportBidsImages, SeriesStayAsTheyAreWhereOneIsNotAroundAPositiveMean) {
  const BidsTree tree;
  copy_image(tree,
             "integers.nii",
             "derivatives/fmriprep/sub-1/func/sub-1_task-a_space-MNI_desc-preproc_bold.nii");
  fs::copy(kReferenceImages + "atlas.nii.gz", tree.folder().path("atlas.nii.gz"));
  const Dataset data = imported_images(tree, "--atlas atlas.nii.gz");
  EXPECT_EQ(data.subjects[0].runs[0].recording("bold")->samples,
            regions_in("integers.nii", "atlas.nii.gz").samples);
}

// XCP-D writes both; the table can be read where it lies.
TEST(ImportBidsImages, TablesComeBeforeCiftiOfTheSameSeries) {
  const BidsTree tree;
  with_cifti(tree);
  const std::string name =
      "derivatives/xcp_d/sub-02/ses-a/func/"
      "sub-02_ses-a_task-rest_run-1_space-fsLR_seg-Tian_den-91k_stat-mean_timeseries.tsv";
  tree.write(name, test::series_of(1, 1, 1, kImageSamples));
  const Dataset data = imported_images(tree, "--atlas Tian --region V5");
  EXPECT_EQ(data.subjects[1].runs[0].recording("bold")->samples(2, 0),
            test::bold_of(1, 1, 1, 1, 2));
  EXPECT_EQ(data.subjects[1].runs[0].recording("bold")->channels, (Words{"V5"}));
  EXPECT_TRUE(fs::exists(tree.folder().path("study/bold_sub-01_ses-a_run-1.tsv")));
  EXPECT_FALSE(fs::exists(tree.folder().path("study/bold_sub-02_ses-a_run-1.tsv")));
}

struct BrokenBidsImage {
  std::string name, options;
  std::function<void(const BidsTree&)> damage = [](const BidsTree&) {};
  int code = 64;
};

void PrintTo(const BrokenBidsImage& broken, std::ostream* out) { *out << broken.name; }

std::vector<BrokenBidsImage> broken_bids_images() {
  const std::string series =
      "derivatives/xcp_d/sub-01/ses-b/func/"
      "sub-01_ses-b_task-rest_run-1_space-fsLR_seg-Glasser_den-91k_stat-mean_timeseries";
  return {
      {"unknown_region", "--atlas Glasser --region v2"},
      {"labels_for_a_pipelines_atlas", "--atlas Glasser --labels labels.tsv"},
      {"two_atlases", "--atlas Glasser --atlas Tian"},
      {"no_image_for_an_atlas", "--atlas atlas.nii.gz", [](const BidsTree&) {}, 65},
      {"several_densities",
       "--atlas Glasser",
       [](const BidsTree& tree) {
         copy_image(tree,
                    "rest.ptseries.nii",
                    "derivatives/xcp_d/sub-02/ses-a/func/sub-02_ses-a_task-rest_run-1_space-fsLR_"
                    "seg-Glasser_den-170k_stat-mean_timeseries.ptseries.nii");
       }},
      {"time_that_the_image_contradicts",
       "--atlas Glasser",
       [](const BidsTree& tree) {
         tree.write("sub-02/sub-02_task-rest_bold.json", "{\"RepetitionTime\": 2}");
       },
       65},
      {"truncated_parcels",
       "--atlas Glasser",
       [=](const BidsTree& tree) {
         const std::string whole = bytes_of(kReferenceImages + "rest.ptseries.nii");
         tree.write(series + ".ptseries.nii", whole.substr(0, whole.size() - 100));
       },
       65},
      {"parcels_that_were_not_fetched",
       "--atlas Glasser",
       [=](const BidsTree& tree) {
         tree.remove(series + ".ptseries.nii");
         fs::create_symlink("../../x", tree.path(series + ".ptseries.nii"));
       },
       65},
  };
}

class BrokenBidsImages : public testing::TestWithParam<BrokenBidsImage> {};

TEST_P(BrokenBidsImages, AreToldWithTheirWholeMessageAndNothingIsWritten) {
  const BidsTree tree;
  with_cifti(tree);
  GetParam().damage(tree);
  const Ended ended = import_of(tree, GetParam().options);
  EXPECT_EQ(ended.code, GetParam().code);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(tree.folder().without_folder(ended.error),
            bytes_of(INSULA_ROOT "/tests/bad_input/bids/" + GetParam().name + ".expected"));
  EXPECT_FALSE(fs::exists(tree.folder().path("study")));
}

std::string broken_bids_image(const testing::TestParamInfo<BrokenBidsImage>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Each,
                         BrokenBidsImages,
                         testing::ValuesIn(broken_bids_images()),
                         broken_bids_image);

}  // namespace
}  // namespace insula::command
