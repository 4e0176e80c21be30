// SPDX-License-Identifier: Apache-2.0
// What of SPM's DCM.mat is read, and with which sentence it is refused.
#include "framework/dataset/spm_dcm.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "tests/framework/dataset/folder.h"
#include "tests/support/spm_dcm_file.h"
#include "tests/support/tolerance.h"

namespace insula::dataset {
namespace {

using test::field;

const Eigen::MatrixXd kOn = Eigen::MatrixXd::Ones(1, 1);

SpmDcm read_changed(const std::function<void(MatlabValue&)>& change) {
  MatlabValue dcm = test::small_dcm();
  change(dcm);
  const Folder folder;
  test::write_dcm(dcm, folder.path("DCM.mat"));
  return read_spm_dcm(folder.path("DCM.mat"));
}

// The first sentence of what is said, without the file's name.
std::string said_when(const std::function<void(MatlabValue&)>& change) {
  try {
    read_changed(change);
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.mistakes().front().message;
  }
}

TEST(SpmDcm, HoldsWhatTheFileHolds) {
  const SpmDcm dcm = read_changed([](MatlabValue&) {});
  EXPECT_EQ(dcm.regions, (std::vector<std::string>{"V1", "V5"}));
  EXPECT_EQ(dcm.inputs, (std::vector<std::string>{"Photic stim", "attention"}));
  EXPECT_EQ(dcm.samples.rows(), 40);
  EXPECT_EQ(dcm.signals.rows(), 640);
  EXPECT_EQ(dcm.confounds, Eigen::MatrixXd::Ones(40, 1));
  EXPECT_EQ(dcm.delays, (std::vector<double>{1, 0.5}));
  EXPECT_EQ(dcm.echo_time, 0.03);
  EXPECT_EQ(dcm.b.at(1)(1, 0), 1);
  EXPECT_TRUE(dcm.d.empty());
  EXPECT_FALSE(dcm.priors.has_value());
  EXPECT_EQ(dcm.notes,
            (std::vector<std::string>{
                "SPM 26.01 computes with an echo time of 40 ms, whatever DCM.TE says (30 ms); "
                "remove `bold.echo_time` to get its numbers."}));
}

TEST(SpmDcm, CentresInputsIfItsOptionsSaySo) {
  const SpmDcm dcm = read_changed(
      [](MatlabValue& d) { field(field(d, "options"), "centre") = matlab_numbers(kOn); });
  for (Eigen::Index k = 0; k < 2; ++k)
    EXPECT_CLOSE(dcm.signals.col(k).mean(), 0.0, Tolerance::because(1e-14, "640 roundings of 1/2"));
  EXPECT_EQ(dcm.notes.at(0), "Inputs have mean 0, as DCM.options.centre asks.");
}

TEST(SpmDcm, HasGatesOnlyIfItIsNonlinear) {
  const auto with_gates = [](MatlabValue& d) {
    Eigen::MatrixXd gate = Eigen::MatrixXd::Zero(2, 2);
    gate(1, 0) = 1;
    field(d, "d") = matlab_pages({Eigen::MatrixXd::Zero(2, 2), gate}, 2, 2);
  };
  const SpmDcm off = read_changed(with_gates);
  EXPECT_TRUE(off.d.empty());
  EXPECT_EQ(off.notes.at(0), "DCM.d is not used, as DCM.options.nonlinear is off.");
  const SpmDcm on = read_changed([&](MatlabValue& d) {
    with_gates(d);
    field(field(d, "options"), "nonlinear") = matlab_numbers(kOn);
  });
  EXPECT_EQ(on.d.at(1)(1, 0), 1);
}

TEST(BadSpmDcm, OtherModelsAreRefusedByName) {
  const auto option = [](const char* name) {
    return said_when(
        [&](MatlabValue& d) { field(field(d, "options"), name) = matlab_numbers(kOn); });
  };
  EXPECT_EQ(option("two_state"),
            "DCM.options.two_state is on: the parameters of SPM's two-state regions are not "
            "imported");
  EXPECT_EQ(option("stochastic"),
            "DCM.options.stochastic is on: this DCM has fluctuations of its states, which Insula "
            "does not estimate");
  EXPECT_EQ(option("induced"),
            "DCM.options.induced is on: this DCM explains cross spectra, not the series in time; "
            "Insula has no such model");
  EXPECT_EQ(option("hidden"),
            "DCM.options.hidden names hidden regions: each region here shows in a series");
  EXPECT_EQ(said_when([](MatlabValue& d) {
              field(field(d, "options"), "analysis") = matlab_text("ERP");
            }),
            "DCM.options.analysis is 'ERP': this is a DCM for EEG or MEG, not for fMRI");
}

TEST(BadSpmDcm, PartsThatDoNotFitAreToldWithTheirSizes) {
  EXPECT_EQ(said_when([](MatlabValue& d) { field(d, "a") = matlab_numbers(kOn); }),
            "DCM.a is 1 x 1, expected 2 x 2");
  EXPECT_EQ(said_when([](MatlabValue& d) {
              field(d, "b") = matlab_pages({Eigen::MatrixXd::Zero(2, 2)}, 2, 2);
            }),
            "DCM.b has 1 pages, expected 2 of 2 x 2");
  EXPECT_EQ(said_when([](MatlabValue& d) {
              field(field(d, "Y"), "name") = matlab_texts({"V1", "V5", "SPC"});
            }),
            "DCM.Y.y is 40 x 2, expected scans x regions, and there are 3 regions");
  EXPECT_EQ(said_when([](MatlabValue& d) {
              field(field(d, "U"), "u") = matlab_numbers(Eigen::MatrixXd::Zero(320, 2));
            }),
            "DCM.U.u covers 40 s of a run of 80 s");
  EXPECT_EQ(said_when([](MatlabValue& d) {
              field(d, "delays") = matlab_numbers(Eigen::MatrixXd::Constant(1, 1, 3));
            }),
            "DCM.delays must lie between 0 and DCM.Y.dt, 2 s, got 3");
  EXPECT_EQ(said_when([](MatlabValue& d) {
              field(field(d, "Y"), "dt") = matlab_numbers(Eigen::MatrixXd::Zero(1, 1));
            }),
            "DCM.Y.dt must be positive, got 0");
}

TEST(BadSpmDcm, WhatIsMissingIsNamed) {
  EXPECT_EQ(said_when([](MatlabValue& d) { test::remove_field(d, "delays"); }),
            "DCM has no delays, so that nobody knows when in a scan a region was sampled");
  EXPECT_EQ(said_when([](MatlabValue& d) { test::remove_field(d, "U"); }), "DCM has no field 'U'");
  EXPECT_EQ(said_when([](MatlabValue& d) {
              field(d, "c") = matlab_numbers(Eigen::MatrixXd::Zero(2, 2));
            }),
            "DCM.c is 0 everywhere: no input drives a region, so that nothing moves");
  EXPECT_EQ(said_when([](MatlabValue& d) { d = matlab_text("VOI_V1.mat"); }),
            "DCM holds characters of 1 x 10, expected a structure of 1 x 1 with the field 'Y'");
}

TEST(SpmDcmOnRealFiles, ModelsOfOtherEquationsAreRefused) {
  const char* data = std::getenv("INSULA_DATA");
  if (data == nullptr)
    GTEST_SKIP() << "INSULA_DATA does not name a folder with attention-to-motion/";
  const auto said = [&](const std::string& name) -> std::string {
    try {
      read_spm_dcm(std::string(data) + "/attention-to-motion/mat/" + name);
      return "";
    } catch (const InputError& error) {
      return error.mistakes().front().message;
    }
  };
  EXPECT_EQ(said("DCM_WC_1.mat"),
            "DCM.M.pE has the parameters 'slope' and 'half', which SPM's bilinear state equation "
            "does not have: this DCM was estimated with another equation (DCM.M.f)");
  EXPECT_TRUE(said("DCM_HDM_spm_v73.mat").starts_with("DCM.options.stochastic is on: "));
  EXPECT_EQ(said("HDM_spm.mat"), "the file has no variable 'DCM'");
}

}  // namespace
}  // namespace insula::dataset
