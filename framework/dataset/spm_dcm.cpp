// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/spm_dcm.h"

#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/dataset/detail/spm_priors.h"
#include "framework/dataset/matlab.h"

namespace insula::dataset {
namespace {

std::string extents(const Eigen::MatrixXd& m) {
  return std::to_string(m.rows()) + " x " + std::to_string(m.cols());
}

bool is_on(const MatlabNode& options, const std::string& name) {
  if (!options.has(name)) return false;
  const MatlabNode option = options.at(name);
  if (option.value().sort != MatlabValue::Sort::numbers) option.refuse("is not 0 or 1");
  return !option.matrix().isZero(0);
}

// One sentence for each kind of DCM that is another model than ours.
void refuse_other_models(const MatlabNode& dcm) {
  if (!dcm.has("options")) return;
  const MatlabNode options = dcm.at("options");
  const char* const elsewhere =
      "estimate the deterministic model of the same data in SPM, with "
      "its option off, and import that";
  if (options.has("analysis")) {
    const MatlabNode analysis = options.at("analysis");
    const std::string kind = analysis.text();
    if (kind == "CSD" || kind == "csd")
      analysis.refuse(
          "says that this DCM explains cross spectra, not the series in time; Insula "
          "has no such model",
          elsewhere);
    if (kind != "timeseries" && kind != "fMRI")
      analysis.refuse("is '" + kind + "': this is a DCM for EEG or MEG, not for fMRI",
                      "write an architecture of jansen_rit regions or others by hand; `insula "
                      "describe` lists them");
  }
  if (is_on(options, "induced"))
    options.at("induced").refuse(
        "is on: this DCM explains cross spectra, not the series in time; Insula has no such model",
        elsewhere);
  if (is_on(options, "stochastic"))
    options.at("stochastic")
        .refuse("is on: this DCM has fluctuations of its states, which Insula does not estimate",
                elsewhere);
  if (is_on(options, "two_state"))
    options.at("two_state")
        .refuse("is on: the parameters of SPM's two-state regions are not imported",
                "import the DCM of one state and change its regions to {kind: two_state}");
  if (is_on(options, "hidden"))
    options.at("hidden").refuse("names hidden regions: each region here shows in a series",
                                "import the DCM without them, and add them to the architecture");
}

std::vector<std::string> region_names_of(const MatlabNode& dcm) {
  if (dcm.at("Y").has("name")) return dcm.at("Y").at("name").texts();
  const MatlabNode regions = dcm.at("xY");
  std::vector<std::string> names;
  for (std::size_t r = 0; r < regions.value().count(); ++r)
    names.push_back(regions.at("name", r).text());
  return names;
}

Eigen::MatrixXd matrix_of(const MatlabNode& node, Eigen::Index rows, Eigen::Index columns) {
  Eigen::MatrixXd m = node.matrix();
  if (m.rows() != rows || m.cols() != columns)
    node.refuse("is " + extents(m) + ", expected " + std::to_string(rows) + " x " +
                std::to_string(columns));
  return m;
}

std::vector<Eigen::MatrixXd> pages_of(const MatlabNode& node,
                                      Eigen::Index regions,
                                      std::size_t count) {
  std::vector<Eigen::MatrixXd> pages = node.pages();
  const bool is_square = std::ranges::all_of(
      pages, [&](const auto& page) { return page.rows() == regions && page.cols() == regions; });
  if (pages.size() != count || !is_square) {
    const std::string n = std::to_string(regions);
    node.refuse("has " + std::to_string(pages.size()) + " pages" +
                (is_square ? "" : " of another size") + ", expected " + std::to_string(count) +
                " of " + n + " x " + n);
  }
  return pages;
}

double positive(const MatlabNode& node) {
  const double value = node.number();
  if (!(value > 0) || !std::isfinite(value))
    node.refuse("must be positive, got " + short_number(value));
  return value;
}

void read_series(const MatlabNode& dcm, SpmDcm& model) {
  const MatlabNode y = dcm.at("Y");
  model.scan_interval = positive(y.at("dt"));
  const auto regions = static_cast<Eigen::Index>(model.regions.size());
  model.samples = y.at("y").matrix();
  if (model.samples.cols() != regions || model.samples.rows() < 2)
    y.at("y").refuse("is " + extents(model.samples) + ", expected scans x regions, and there are " +
                     std::to_string(regions) + " regions");
  if (y.has("X0")) {
    model.confounds = y.at("X0").matrix();
    if (model.confounds.rows() != model.samples.rows() || !model.confounds.allFinite())
      y.at("X0").refuse("is " + extents(model.confounds) +
                        ", expected a row of numbers for each of " +
                        std::to_string(model.samples.rows()) + " scans");
  }
  if (!dcm.has("delays"))
    dcm.refuse("has no delays, so that nobody knows when in a scan a region was sampled",
               "set DCM.delays in MATLAB: seconds, a number or one for each region");
  const MatlabNode delays = dcm.at("delays");
  const Eigen::MatrixXd times = delays.matrix();
  if (times.size() != 1 && times.size() != regions)
    delays.refuse("has " + std::to_string(times.size()) +
                  " numbers, expected 1 or one for each of " + std::to_string(regions) +
                  " regions");
  for (Eigen::Index r = 0; r < regions; ++r) {
    const double delay = times.size() == 1 ? times(0) : times(r);
    if (!(delay >= 0 && delay <= model.scan_interval))
      delays.refuse("must lie between 0 and DCM.Y.dt, " + short_number(model.scan_interval) +
                    " s, got " + short_number(delay));
    model.delays.push_back(delay);
  }
  if (dcm.has("TE")) model.echo_time = positive(dcm.at("TE"));
}

void read_signals(const MatlabNode& dcm, SpmDcm& model) {
  const MatlabNode u = dcm.at("U");
  model.bin = positive(u.at("dt"));
  model.inputs = u.at("name").texts();
  model.signals = u.at("u").matrix();
  if (static_cast<std::size_t>(model.signals.cols()) != model.inputs.size() ||
      !model.signals.allFinite())
    u.at("u").refuse("is " + extents(model.signals) +
                     ", expected bins x inputs of numbers, and DCM.U.name has " +
                     std::to_string(model.inputs.size()) + " names");
  const double duration = static_cast<double>(model.samples.rows()) * model.scan_interval;
  const double covered = static_cast<double>(model.signals.rows()) * model.bin;
  if (covered < duration - model.bin / 2)
    u.at("u").refuse("covers " + short_number(covered, 6) + " s of a run of " +
                     short_number(duration, 6) + " s");
  if (dcm.has("options") && is_on(dcm.at("options"), "centre")) {
    // spm_detrend, as spm_dcm_estimate does before it fits.
    model.signals.rowwise() -= model.signals.colwise().mean().eval();
    model.notes.push_back("Inputs have mean 0, as DCM.options.centre asks.");
  }
}

void read_structure(const MatlabNode& dcm, SpmDcm& model) {
  const auto regions = static_cast<Eigen::Index>(model.regions.size());
  const auto inputs = static_cast<Eigen::Index>(model.inputs.size());
  model.a = matrix_of(dcm.at("a"), regions, regions);
  model.b = dcm.has("b") ? pages_of(dcm.at("b"), regions, model.inputs.size())
                         : std::vector<Eigen::MatrixXd>(model.inputs.size(),
                                                        Eigen::MatrixXd::Zero(regions, regions));
  model.c = matrix_of(dcm.at("c"), regions, inputs);
  if (dcm.has("d")) {
    std::vector<Eigen::MatrixXd> gates = pages_of(dcm.at("d"), regions, model.regions.size());
    const bool is_nonlinear = dcm.has("options") && is_on(dcm.at("options"), "nonlinear");
    const bool is_gated =
        std::ranges::any_of(gates, [](const auto& gate) { return !gate.isZero(0); });
    if (is_nonlinear) model.d = std::move(gates);
    if (is_gated && !is_nonlinear)
      model.notes.push_back("DCM.d is not used, as DCM.options.nonlinear is off.");
  }
  if (model.c.isZero(0))
    dcm.at("c").refuse(
        "is 0 everywhere: no input drives a region, so that nothing moves",
        "models of rest explain cross spectra, of which Insula has no model; name in "
        "DCM.c what an input drives");
}

void note_what_differs(const MatlabNode& dcm, SpmDcm& model) {
  const double bins = model.scan_interval / model.bin;
  if (std::abs(bins - 16) > 1e-6)
    model.notes.push_back("Inputs have " + short_number(bins, 4) +
                          " bins a scan; SPM samples a bin earlier, and `compatibility: spm` takes "
                          "that bin as 1/16 of a scan.");
  if (dcm.at("Y").has("scale") && dcm.at("Y").at("scale").number() != 1)
    model.notes.push_back("The series are those of DCM.Y.y, which SPM centred and scaled by " +
                          short_number(dcm.at("Y").at("scale").number(), 6) + ".");
  if (model.echo_time != SpmDcm{}.echo_time)
    model.notes.push_back("SPM 26.01 computes with an echo time of 40 ms, whatever DCM.TE says (" +
                          short_number(1000 * model.echo_time, 4) +
                          " ms); remove `bold.echo_time` to get its numbers.");
  if (dcm.has("F")) model.free_energy = dcm.at("F").number();
  const auto hyperprior = [&](const char* name, double usual) {
    if (!dcm.has("options") || !dcm.at("options").has(name)) return;
    const Eigen::MatrixXd values = dcm.at("options").at(name).matrix();
    if ((values.array() - usual).abs().maxCoeff() > 1e-12)
      model.notes.push_back(std::string("DCM.options.") + name + " is not SPM's " +
                            short_number(usual, 4) + ", which `compatibility: spm` takes.");
  };
  hyperprior("hE", 6);
  hyperprior("hC", 1.0 / 128);
}

}  // namespace

SpmDcm read_spm_dcm(const std::string& path) { return read_spm_dcm(read_matlab(path), path); }

SpmDcm read_spm_dcm(const MatlabValue& file, const std::string& path) {
  const MatlabNode dcm = MatlabNode(file, path).at("DCM");
  refuse_other_models(dcm);
  SpmDcm model;
  model.regions = region_names_of(dcm);
  if (model.regions.empty()) dcm.refuse("has no regions: DCM.Y.name is empty");
  read_series(dcm, model);
  read_signals(dcm, model);
  read_structure(dcm, model);
  if (dcm.has("M")) model.priors = detail::read_spm_priors(dcm.at("M"), model);
  note_what_differs(dcm, model);
  const bool is_ours = dcm.has("version") && dcm.at("version").has("Insula");
  if (is_ours && dcm.has("name")) model.name = dcm.at("name").text();
  return model;
}

}  // namespace insula::dataset
