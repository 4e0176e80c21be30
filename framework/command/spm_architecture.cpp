// SPDX-License-Identifier: Apache-2.0
#include "framework/command/spm_architecture.h"

#include <cmath>
#include <optional>

#include "framework/architecture/detail/prior.h"
#include "framework/base/text.h"

namespace insula::command {
namespace {

using dataset::SpmDcm;
using dataset::SpmPrior;

// What compatibility: spm takes where an architecture says nothing (docs/priors.md).
constexpr SpmPrior kConnection{1.0 / 128, 1.0 / 64}, kEffect{0, 1}, kHaemodynamics{0, 1.0 / 256};
// Of the bold and neuronal kinds: what the exponential of SPM's parameter multiplies.
constexpr double kSelfInhibition = 0.5, kTransit = 2, kDecay = 0.64, kEpsilon = 1;

struct SpmProjection {
  std::size_t from = 0, to = 0;
  std::vector<std::size_t> inputs, gates;
  bool is_fixed = false;  // there is no a: it has no strength of its own
  bool is_self() const { return from == to; }
};

std::vector<SpmProjection> projections_of(const SpmDcm& dcm) {
  std::vector<SpmProjection> projections;
  for (std::size_t from = 0; from < dcm.regions.size(); ++from) {
    for (std::size_t to = 0; to < dcm.regions.size(); ++to) {
      const auto i = static_cast<Eigen::Index>(to), j = static_cast<Eigen::Index>(from);
      SpmProjection p{from, to, {}, {}, dcm.a(i, j) == 0};
      for (std::size_t k = 0; k < dcm.b.size(); ++k)
        if (dcm.b[k](i, j) != 0) p.inputs.push_back(k);
      for (std::size_t k = 0; k < dcm.d.size(); ++k)
        if (dcm.d[k](i, j) != 0) p.gates.push_back(k);
      const bool is_changed = !p.inputs.empty() || !p.gates.empty();
      // A region inhibits itself anyway: only what changes that is a projection.
      if (is_changed || (!p.is_self() && !p.is_fixed)) projections.push_back(std::move(p));
    }
  }
  return projections;
}

std::string projection_name(const SpmProjection& p, const SpmNames& names) {
  return names.regions[p.from] + " -> " + names.regions[p.to];
}

std::string projection_line(const SpmProjection& p, const SpmNames& names) {
  std::vector<std::string> by;
  for (const std::size_t k : p.inputs) by.push_back(names.inputs[k]);
  for (const std::size_t k : p.gates) by.push_back(names.regions[k]);
  const char* kind = p.gates.empty() ? (p.inputs.empty() ? "linear" : "modulated")
                                     : (p.inputs.empty() ? "gated" : "modulated_gated");
  return "  " + projection_name(p, names) + ": {kind: " + kind +
         (by.empty() ? "" : ", by: [" + join(by, ", ") + "]") + "}\n";
}

// Lines of `parameters`.
class Priors {
 public:
  // A parameter of any sign; θ is the number itself.
  void add(const std::string& name, const char* unit, SpmPrior prior, SpmPrior usual) {
    if (!is_usual(prior, usual)) add_line(name, prior, unit, Domain::real, 1);
  }
  // A positive one, `base` times the exponential of SPM's parameter.
  void add_factor(
      const std::string& name, double base, const char* unit, SpmPrior prior, SpmPrior usual) {
    if (!is_usual(prior, usual)) add_line(name, prior, unit, Domain::positive, base);
  }
  void add_line(const std::string& name, const std::string& value) {
    lines_ += "  " + name + ": " + value + "\n";
  }
  std::string text() const { return lines_.empty() ? "" : "\nparameters:\n" + lines_; }

 private:
  static bool is_usual(SpmPrior prior, SpmPrior usual) {
    return prior.mean == usual.mean && prior.variance == usual.variance;
  }
  void add_line(
      const std::string& name, SpmPrior prior, const char* unit, Domain domain, double base) {
    architecture::Parameter p;
    p.unit = unit;
    p.domain = domain;
    p.reference = base;
    p.prior_mean = prior.mean;
    p.prior_sd = std::sqrt(prior.variance);
    using namespace architecture::detail;
    add_line(name, prior.variance == 0 ? value_text(p) : "{prior: " + prior_text(p) + "}");
  }
  std::string lines_;
};

void add_projection_priors(const SpmDcm& dcm, const SpmNames& names, Priors& lines) {
  for (const SpmProjection& p : projections_of(dcm)) {
    const std::string name = projection_name(p, names);
    const SpmPrior none{0, 0};
    if (!p.is_self()) {
      const SpmPrior strength = dcm.priors   ? dcm.priors->a[p.to][p.from]
                                : p.is_fixed ? none
                                             : kConnection;
      lines.add(name + ".strength", "1/s", strength, kConnection);
    }
    if (!dcm.priors) continue;
    const char* unit = p.is_self() ? "1" : "1/s";  // of a log factor, or of a rate
    for (const std::size_t k : p.inputs)
      lines.add(
          name + ".modulation." + names.inputs[k], unit, dcm.priors->b[k][p.to][p.from], kEffect);
    for (const std::size_t k : p.gates)
      if (k < dcm.priors->d.size())
        lines.add(
            name + ".gating." + names.regions[k], unit, dcm.priors->d[k][p.to][p.from], kEffect);
  }
}

std::string parameter_lines(const SpmDcm& dcm, const SpmNames& names) {
  Priors lines;
  if (dcm.priors) {
    for (std::size_t r = 0; r < dcm.regions.size(); ++r)
      lines.add_factor(names.regions[r] + ".self_inhibition",
                       kSelfInhibition,
                       "1/s",
                       dcm.priors->a[r][r],
                       kConnection);
  }
  add_projection_priors(dcm, names, lines);
  if (dcm.priors) {
    for (std::size_t k = 0; k < dcm.inputs.size(); ++k)
      for (std::size_t r = 0; r < dcm.regions.size(); ++r)
        if (dcm.c(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(k)) != 0)
          lines.add(names.inputs[k] + " -> " + names.regions[r] + ".strength",
                    "1/s",
                    dcm.priors->c[r][k],
                    kEffect);
    for (std::size_t r = 0; r < dcm.regions.size(); ++r)
      lines.add_factor("bold.transit." + names.regions[r],
                       kTransit,
                       "s",
                       dcm.priors->transit[r],
                       kHaemodynamics);
    lines.add_factor("bold.decay", kDecay, "1/s", dcm.priors->decay, kHaemodynamics);
    lines.add_factor("bold.epsilon", kEpsilon, "1", dcm.priors->epsilon, kHaemodynamics);
  }
  if (dcm.echo_time != SpmDcm{}.echo_time)
    lines.add_line("bold.echo_time", number_text(dcm.echo_time) + " s");
  return lines.text();
}

// An input that neither drives nor modulates is none of the architecture's.
std::string input_lines(const SpmDcm& dcm, const SpmNames& names) {
  std::string text;
  for (std::size_t k = 0; k < dcm.inputs.size(); ++k) {
    std::vector<std::string> driven;
    for (std::size_t r = 0; r < dcm.regions.size(); ++r)
      if (dcm.c(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(k)) != 0)
        driven.push_back(names.regions[r]);
    if (!driven.empty())
      text += "  " + names.inputs[k] + ": {drives: [" + join(driven, ", ") + "]}\n";
    else if (!dcm.b[k].isZero(0))
      text += "  " + names.inputs[k] + ": {}\n";
  }
  return text;
}

}  // namespace

std::string spm_architecture(const SpmDcm& dcm,
                             const SpmNames& names,
                             const std::string& name,
                             const std::string& file) {
  std::string text = "# The model of SPM's " + file + ", by `insula import spm`.\n";
  for (const std::string& note : dcm.notes) text += "# " + note + "\n";
  if (dcm.free_energy)
    text += "# SPM stored the free energy " + short_number(*dcm.free_energy, 8) + ".\n";
  text += "insula: architecture/1\nname: " + name + "\n\nregions:\n";
  for (const std::string& region : names.regions) text += "  " + region + ": {kind: neuronal}\n";
  std::string projections;
  for (const SpmProjection& p : projections_of(dcm)) projections += projection_line(p, names);
  if (!projections.empty()) text += "\nprojections:\n" + projections;
  return text + "\ninputs:\n" + input_lines(dcm, names) +
         "\nobservations:\n  bold: {kind: bold, regions: [" + join(names.regions, ", ") + "]}\n" +
         parameter_lines(dcm, names);
}

}  // namespace insula::command
