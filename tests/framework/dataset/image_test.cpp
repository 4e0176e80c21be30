// SPDX-License-Identifier: Apache-2.0
// Series of regions are those that nibabel and NumPy find in the same images.
#include "framework/dataset/image.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/base/random.h"
#include "framework/dataset/file.h"
#include "tests/framework/dataset/damage.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::dataset {
namespace {

const std::string kImages = INSULA_REFERENCE "/images/";

const nlohmann::json& images_truth() {
  static const nlohmann::json truth = nlohmann::json::parse(read_bytes(kImages + "images.json"));
  return truth;
}

RegionalSeries series_in(const std::string& image,
                         const std::string& atlas,
                         bool eigenvariate = false,
                         const std::string& labels = "") {
  ImageQuestion question;
  question.image = kImages + image;
  if (!atlas.empty()) question.atlas = kImages + atlas;
  if (!labels.empty()) question.labels = kImages + labels;
  question.eigenvariate = eigenvariate;
  return read_regional_series(question);
}

// Sums of a few dozen numbers of size `scale`; an eigenvariate comes from a matrix squared, whose
// first singular value stands apart from the second by a tenth at the least here.
Tolerance exact_enough(bool eigenvariate, double scale) {
  return eigenvariate ? Tolerance::because(1e-10 * scale, "rounding of the squared matrix")
                      : Tolerance::because(1e-13 * scale, "rounding of sums in another order");
}

void expect_as_nibabel(const std::string& image,
                       const std::string& atlas,
                       const std::vector<std::string>& labels,
                       double scale) {
  for (const bool eigenvariate : {false, true}) {
    const RegionalSeries series = series_in(image, atlas, eigenvariate);
    ASSERT_EQ(series.regions.size(), labels.size()) << image;
    for (std::size_t r = 0; r < labels.size(); ++r) {
      const auto& truth = images_truth()[image][labels[r]][eigenvariate ? "eigenvariate" : "mean"];
      ASSERT_EQ(series.samples.rows(), static_cast<Eigen::Index>(truth.size())) << image;
      for (Eigen::Index t = 0; t < series.samples.rows(); ++t)
        EXPECT_CLOSE(series.samples(t, static_cast<Eigen::Index>(r)),
                     truth[static_cast<std::size_t>(t)].get<double>(),
                     exact_enough(eigenvariate, scale))
            << image << " label " << labels[r] << " sample " << t;
    }
  }
}

TEST(Nifti, RegionsAreThoseOfNibabelInEveryTypeAndEndianness) {
  expect_as_nibabel("floats.nii.gz", "atlas.nii.gz", {"1", "2", "5"}, 100);
  expect_as_nibabel("integers.nii", "atlas.nii.gz", {"1", "2", "5", "7"}, 100);
  expect_as_nibabel("swapped.nii.gz", "atlas.nii.gz", {"1", "2", "5"}, 100);
}

TEST(Nifti, HeadersTellTheIntervalInAnyUnit) {
  EXPECT_EQ(series_in("floats.nii.gz", "atlas.nii.gz").interval, 2.5);
  EXPECT_EQ(series_in("integers.nii", "atlas.nii.gz").interval, 1.5);
}

TEST(Nifti, PlacesThatAreNotFiniteAndRegionsOfThemAreLeftOutAndTold) {
  const RegionalSeries series = series_in("floats.nii.gz", "atlas.nii.gz", false, "labels.tsv");
  EXPECT_EQ(series.regions, (std::vector<std::string>{"V1", "V5", "SPC"}));
  EXPECT_EQ(series.notes.size(), 2U);
  EXPECT_EQ(series.notes.back(), "of edge no place has only finite values: left out");
}

TEST(Cifti, DenseSeriesAreParcellatedByStructureAndPlace) {
  expect_as_nibabel("rest.dtseries.nii", "areas.dlabel.nii", {"1", "3", "9"}, 1);
  const RegionalSeries series = series_in("rest.dtseries.nii", "areas.dlabel.nii");
  EXPECT_EQ(series.regions, (std::vector<std::string>{"V1", "V5", "LGN"}));
  EXPECT_EQ(series.interval, 0.72);
}

TEST(Cifti, ParcellatedSeriesAreReadToTheLastBit) {
  const RegionalSeries series = series_in("rest.ptseries.nii", "");
  ASSERT_EQ(series.regions, (std::vector<std::string>{"V1", "V5"}));
  for (Eigen::Index r = 0; r < 2; ++r) {
    const auto& truth =
        images_truth()["rest.ptseries.nii"][series.regions[static_cast<std::size_t>(r)]];
    for (Eigen::Index t = 0; t < series.samples.rows(); ++t)
      EXPECT_EQ(series.samples(t, r), truth[static_cast<std::size_t>(t)].get<double>());
  }
}

TEST(Gifti, SeriesOfASurfaceAreParcellatedByItsLabels) {
  expect_as_nibabel("sub-01_hemi-L.func.gii", "areas.label.gii", {"2", "4"}, 10);
  const RegionalSeries series = series_in("sub-01_hemi-L.func.gii", "areas.label.gii");
  EXPECT_EQ(series.regions, (std::vector<std::string>{"V1", "V5"}));
  EXPECT_EQ(series.interval, 0.8);
}

// Whatever is left of a file, or takes its place: it is read or refused, and nothing else happens.
void expect_read_or_refused(const std::string& image,
                            const std::string& atlas,
                            bool damages_atlas) {
  const Folder folder;
  const std::string damaged_one = damages_atlas ? atlas : image;
  const std::string good = read_bytes(kImages + damaged_one);
  int refused = 0;
  for (int i = 0; i < 120; ++i) {
    Stream stream(37, damaged_one + std::to_string(i));
    folder.write(damaged_one, damaged(good, stream));
    ImageQuestion question;
    question.image = damages_atlas ? kImages + image : folder.path(image);
    if (!atlas.empty()) question.atlas = damages_atlas ? folder.path(atlas) : kImages + atlas;
    try {
      read_regional_series(question);
    } catch (const InputError& error) {
      EXPECT_EQ(error.mistakes().size(), 1U) << damaged_one << " case " << i;
      ++refused;
    }
  }
  EXPECT_GT(refused, 20) << damaged_one;
}

TEST(DamagedImages, AreReadOrRefused) {
  expect_read_or_refused("floats.nii.gz", "atlas.nii.gz", false);
  expect_read_or_refused("integers.nii", "atlas.nii.gz", false);
  expect_read_or_refused("integers.nii", "atlas.nii.gz", true);
  expect_read_or_refused("rest.dtseries.nii", "areas.dlabel.nii", false);
  expect_read_or_refused("rest.dtseries.nii", "areas.dlabel.nii", true);
  expect_read_or_refused("rest.ptseries.nii", "", false);
  expect_read_or_refused("sub-01_hemi-L.func.gii", "areas.label.gii", false);
  expect_read_or_refused("sub-01_hemi-L.func.gii", "areas.label.gii", true);
}

}  // namespace
}  // namespace insula::dataset
