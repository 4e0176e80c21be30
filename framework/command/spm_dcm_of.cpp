// SPDX-License-Identifier: Apache-2.0
#include "framework/command/spm_dcm_of.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>

#include "framework/architecture/detail/prior.h"
#include "framework/base/text.h"

namespace insula::command {
namespace {

using architecture::Architecture;
using dataset::SpmDcm;
using dataset::SpmOrder;

constexpr const char* kNoPlace = "DCM.mat has no place for ";

Eigen::Index at(std::size_t k) { return static_cast<Eigen::Index>(k); }

// What of an architecture is no bilinear or nonlinear DCM for fMRI. Each sentence names it.
class Refusals {
 public:
  explicit Refusals(const Architecture& a) : a_(a) {
    regions();
    projections();
    inputs();
    observations();
    for (const auto& trials : a.trials)
      refuse(trials.place, "trials ('" + trials.name + "')", "remove them");
    for (const auto& learner : a.learners)
      refuse(learner.place, "a learner ('" + learner.name + "')", "remove it");
    if (a.regions.empty()) refuse({}, "an architecture without regions");
  }
  Mistakes mistakes;

 private:
  void refuse(const Place& place, const std::string& what, const std::string& note = "") {
    mistakes.add(place, kNoPlace + what, note);
  }
  void regions() {
    for (const auto& region : a_.regions)
      if (region.kind->name != "neuronal")
        refuse(
            region.place,
            "a region of the kind '" + std::string(region.kind->name) + "' ('" + region.name + "')",
            "SPM's regions are {kind: neuronal}");
  }
  void projections() {
    static constexpr std::array kKnown{"linear", "modulated", "gated", "modulated_gated"};
    std::set<std::pair<std::size_t, std::size_t>> seen;
    for (const auto& p : a_.projections) {
      const std::string name = "'" + to_text(a_, p) + "'";
      if (std::ranges::find(kKnown, p.kind->name) == kKnown.end())
        refuse(p.place,
               "a projection of the kind '" + std::string(p.kind->name) + "' (" + name + ")",
               "SPM's are linear, modulated, gated and modulated_gated");
      if (!seen.insert({p.source, p.target}).second)
        refuse(p.place,
               "a second projection between the same regions (" + name + ")",
               "join the two: `by` takes several inputs and regions");
    }
  }
  void inputs() {
    for (const auto& input : a_.inputs) {
      if (input.band)
        refuse(input.place, "features that drive regions ('" + input.name + "')", "remove them");
      if (input.learned)
        refuse(input.place,
               "an input whose values are learned ('" + input.name + "')",
               "remove it, or name an input of the dataset");
    }
  }
  void observations() {
    for (std::size_t o = 0; o < a_.observations.size(); ++o) {
      const auto& observation = a_.observations[o];
      const std::string name = "'" + observation.name + "'";
      if (o > 0) {
        refuse(observation.place, "a second recording (" + name + ")", "remove it");
        continue;
      }
      if (observation.kind->name != "bold")
        refuse(observation.place,
               "an observation of the kind '" + std::string(observation.kind->name) + "' (" + name +
                   ")",
               "SPM's haemodynamics are {kind: bold}");
      if (observation.loadings.of != architecture::Loadings::Of::own)
        refuse(observation.place, "loadings of regions on channels (" + name + ")", "remove them");
      if (observation.noise != observation.kind->noise)
        refuse(observation.place,
               "`noise` (" + name + ")",
               "remove it: SPM's noise is white, and so is that of `compatibility: spm`");
      if (observation.drift_cutoff > 0)
        refuse(observation.place,
               "`drift` (" + name + ")",
               "remove it, and let the recording's confounds hold cosines as SPM's X0 does");
      const std::set<std::size_t> shown(observation.regions.begin(), observation.regions.end());
      for (std::size_t r = 0; r < a_.regions.size(); ++r)
        if (!shown.contains(r))
          refuse(a_.regions[r].place,
                 "a region that shows in no series ('" + a_.regions[r].name + "')",
                 "remove it, or observe it");
    }
    if (a_.observations.empty()) refuse({}, "an architecture that observes no recording");
  }

  const Architecture& a_;
};

// Masks, priors, and which parameter is which.
class Translation {
 public:
  Translation(const Architecture& a, const std::vector<std::string>& inputs, SpmDcmOf& into)
      : a_(a), into_(into), dcm_(into.dcm) {
    const Eigen::Index n = at(a.regions.size());
    for (const auto& region : a.regions) dcm_.regions.push_back(region.name);
    dcm_.inputs = inputs;
    dcm_.a = Eigen::MatrixXd::Identity(n, n);
    dcm_.b.assign(inputs.size(), Eigen::MatrixXd::Zero(n, n));
    dcm_.c = Eigen::MatrixXd::Zero(n, at(inputs.size()));
    const bool is_gated =
        std::ranges::any_of(a.projections, [](const auto& p) { return !p.gates.empty(); });
    if (is_gated) dcm_.d.assign(a.regions.size(), Eigen::MatrixXd::Zero(n, n));
    order_ = dataset::order_of(dcm_);
    into.parameter.assign(static_cast<std::size_t>(order_.size()), SpmDcmOf::kNone);
  }

  void all() {
    for (std::size_t r = 0; r < a_.regions.size(); ++r)
      place(order_.a(at(r), at(r)), a_.region_parameters[r]);
    for (std::size_t p = 0; p < a_.projections.size(); ++p) projection(p);
    for (std::size_t i = 0; i < a_.inputs.size(); ++i) input(i);
    observation();
    priors();
  }

 private:
  Eigen::Index input_index(const std::string& name) const {
    return std::ranges::find(dcm_.inputs, name) - dcm_.inputs.begin();
  }
  void place(Eigen::Index spm, std::size_t parameter) {
    into_.parameter[static_cast<std::size_t>(spm)] = parameter;
  }
  void projection(std::size_t k) {
    const auto& p = a_.projections[k];
    const Eigen::Index to = at(p.target), from = at(p.source);
    std::size_t next = a_.projection_parameters[k];
    if (p.source != p.target) {
      const auto& strength = a_.parameters[next];
      const bool is_changed = !p.contexts.empty() || !p.gates.empty();
      // SPM's way to say that a projection is nothing but what changes it.
      const bool is_none = is_changed && !strength.free && strength.prior_mean == 0;
      dcm_.a(to, from) = is_none ? 0 : 1;
      place(order_.a(to, from), next++);
    }
    for (const std::string& context : p.contexts) {
      const Eigen::Index i = input_index(context);
      dcm_.b[static_cast<std::size_t>(i)](to, from) = 1;
      place(order_.b(i, to, from), next++);
    }
    for (const std::size_t gate : p.gates) {
      dcm_.d[gate](to, from) = 1;
      place(order_.d(at(gate), to, from), next++);
    }
  }
  void input(std::size_t k) {
    std::size_t next = a_.input_parameters[k];
    const Eigen::Index i = input_index(a_.inputs[k].name);
    for (const std::size_t region : a_.inputs[k].drives) {
      dcm_.c(at(region), i) = 1;
      place(order_.c(at(region), i), next++);
    }
  }
  void observation() {
    const auto& bold = a_.observations.front();
    std::size_t next = a_.observation_parameters.front();
    for (const std::size_t region : bold.regions) place(order_.transit(at(region)), next++);
    place(order_.decay(), next++);
    place(order_.epsilon(), next++);
    const auto& echo = a_.parameters[next];
    if (echo.free)
      mistakes_.add(echo.place, kNoPlace + ("a prior of '" + echo.name + "'"), "fix it: 40 ms");
    // The number that was written, which exp(log(…)) need not give back.
    dcm_.echo_time = std::stod(architecture::detail::value_text(echo));
  }

  // Every parameter has a place, or is refused; those that share one value are not SPM's.
  void priors() {
    dcm_.priors = dataset::usual_spm_priors(dcm_);
    const auto put = [&](dataset::SpmPrior& prior, Eigen::Index spm) {
      prior = {};
      const std::size_t k = into_.parameter[static_cast<std::size_t>(spm)];
      if (k == SpmDcmOf::kNone) return;
      const auto& p = a_.parameters[k];
      if (p.tied_to != k && shared_.insert(p.tied_to).second)
        mistakes_.add(p.place,
                      kNoPlace + ("one value of '" + a_.parameters[p.tied_to].name + "' and '" +
                                  p.name + "' together"),
                      "remove `shared`");
      prior = {p.prior_mean, p.free ? p.prior_sd * p.prior_sd : 0};
    };
    dataset::SpmPriors& priors = *dcm_.priors;
    for (Eigen::Index i = 0; i < order_.regions; ++i) {
      const auto to = static_cast<std::size_t>(i);
      for (Eigen::Index j = 0; j < order_.regions; ++j) {
        const auto from = static_cast<std::size_t>(j);
        put(priors.a[to][from], order_.a(i, j));
        for (std::size_t k = 0; k < priors.b.size(); ++k)
          put(priors.b[k][to][from], order_.b(at(k), i, j));
        for (std::size_t k = 0; k < priors.d.size(); ++k)
          put(priors.d[k][to][from], order_.d(at(k), i, j));
      }
      for (Eigen::Index k = 0; k < order_.inputs; ++k)
        put(priors.c[to][static_cast<std::size_t>(k)], order_.c(i, k));
      put(priors.transit[to], order_.transit(i));
    }
    put(priors.decay, order_.decay());
    put(priors.epsilon, order_.epsilon());
    if (!mistakes_.empty()) throw InputError(mistakes_.sorted(), ExitCode::data);
  }

  const Architecture& a_;
  SpmDcmOf& into_;
  SpmDcm& dcm_;
  SpmOrder order_;
  Mistakes mistakes_;
  std::set<std::size_t> shared_;  // told already
};

[[noreturn]] void refuse_run(const Place& place, const std::string& message, const char* note) {
  throw InputError(place, message, note, ExitCode::data);
}

void take_series(const Architecture& a, const dataset::Run& run, SpmDcmOf& into) {
  const auto& bold = a.observations.front();
  const dataset::Recording& recording = *run.recording(bold.name);
  SpmDcm& dcm = into.dcm;
  dcm.scan_interval = recording.interval;
  dcm.samples.resize(recording.samples.rows(), at(a.regions.size()));
  dcm.delays.resize(a.regions.size());
  for (std::size_t k = 0; k < bold.regions.size(); ++k) {
    const auto channel = std::ranges::find(recording.channels, bold.channels[k]);
    const auto column = static_cast<std::size_t>(channel - recording.channels.begin());
    dcm.samples.col(at(bold.regions[k])) = recording.samples.col(at(column));
    const double delay = recording.start + recording.delay[column];
    if (!(delay >= 0 && delay <= recording.interval))
      refuse_run(recording.place,
                 kNoPlace + ("a first sample of '" + *channel + "' at " + short_number(delay, 6) +
                             " s: its delays lie between 0 and a scan, " +
                             short_number(recording.interval, 6) + " s"),
                 "cut the run so that it begins with a scan");
    dcm.delays[bold.regions[k]] = delay;
  }
  const Eigen::Index missing = (dcm.samples.array() != dcm.samples.array()).count();
  if (missing > 0)
    refuse_run(recording.place,
               kNoPlace + ("missing samples, and '" + bold.name + "' of run '" + run.id +
                           "' lacks " + std::to_string(missing)),
               "fill them in, and give each such scan a confound of its own");
  dcm.confounds = recording.confounds;
}

// Bins of a scan, as few of SPM's 16, 32, … as inputs change at the ends of.
int bins_of(const dataset::Run& run, double scan, double& off) {
  for (const int bins : {16, 32, 64, 128, 256}) {
    off = 0;
    for (const dataset::StepSignal& input : run.inputs)
      for (const double onset : input.onset) {
        const double at_bin = onset / scan * bins;
        off = std::max(off, std::abs(at_bin - std::round(at_bin)) * scan / bins);
      }
    constexpr double kRounding = 1e-6;  // s
    if (off < kRounding) return bins;
  }
  return 0;
}

void take_signals(const dataset::Run& run, SpmDcmOf& into) {
  SpmDcm& dcm = into.dcm;
  double off = 0;
  int bins = bins_of(run, dcm.scan_interval, off);
  if (bins == 0) {
    bins = 16;
    into.notes.push_back("Inputs change within bins of DCM.U.dt, " +
                         short_number(dcm.scan_interval / bins, 4) +
                         " s, and were moved to the nearest end of one.");
  }
  dcm.bin = dcm.scan_interval / bins;
  dcm.signals = Eigen::MatrixXd::Zero(dcm.samples.rows() * bins, at(run.inputs.size()));
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    std::size_t step = 0;
    const dataset::StepSignal& input = run.inputs[i];
    for (Eigen::Index k = 0; k < dcm.signals.rows(); ++k) {
      const double middle = (static_cast<double>(k) + 0.5) * dcm.bin;
      while (step < input.onset.size() && input.onset[step] <= middle) ++step;
      if (step > 0) dcm.signals(k, at(i)) = input.value[step - 1];
    }
  }
  if (!dcm.signals.allFinite())
    refuse_run(run.place, kNoPlace + std::string("inputs that are not finite"), "");
}

}  // namespace

SpmDcmOf spm_dcm_of(const Architecture& architecture, const dataset::Run& run) {
  const std::vector<Mistake> mistakes = Refusals(architecture).mistakes.sorted();
  if (!mistakes.empty()) throw InputError(mistakes, ExitCode::data);
  SpmDcmOf result;
  std::vector<std::string> inputs;
  for (const dataset::StepSignal& input : run.inputs) inputs.push_back(input.name);
  Translation(architecture, inputs, result).all();
  take_series(architecture, run, result);
  take_signals(run, result);
  const std::string& name = architecture.observations.front().name;
  if (name != "bold")
    result.notes.push_back("`insula import spm` will call the recording '" + name + "' bold.");
  return result;
}

}  // namespace insula::command
