// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/spm_design.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/base/error.h"
#include "framework/base/text.h"

namespace insula::dataset {
namespace {

constexpr const char* kSpecifyAgain = "specify the design again in SPM";
constexpr Eigen::Index kBinsBefore = 32;  // of SPM.Sess.U.u, before the first scan

struct Condition {
  std::string name;
  Eigen::VectorXd signal;
};

struct Times {
  double scan = 0, bin = 0, delay = 0;  // s
};

double positive_number(const MatlabNode& node) {
  const double value = node.number();
  if (!(value > 0) || !std::isfinite(value))
    node.refuse("must be positive, got " + short_number(value));
  return value;
}

Times times_of(const MatlabNode& spm) {
  Times times;
  times.scan = positive_number(spm.at("xY").at("RT"));
  const MatlabNode basis = spm.at("xBF");
  times.bin = positive_number(basis.at("dt"));
  const double bins = positive_number(basis.at("T"));
  if (std::abs(bins * times.bin / times.scan - 1) > 1e-6)
    basis.at("dt").refuse("is " + short_number(times.bin, 6) + " s, which times SPM.xBF.T (" +
                              short_number(bins, 6) + ") is not SPM.xY.RT, " +
                              short_number(times.scan, 6) + " s",
                          kSpecifyAgain);
  times.delay = basis.has("T0") ? positive_number(basis.at("T0")) * times.bin : times.scan / 2;
  if (times.delay > times.scan)
    basis.at("T0").refuse(
        "is " + short_number(basis.at("T0").number()) + " of " + short_number(bins) + " bins",
        kSpecifyAgain);
  return times;
}

// Columns of all conditions of a session: trials, then their modulators.
std::vector<Condition> conditions_of(const MatlabNode& session,
                                     const Times& times,
                                     Eigen::Index scans) {
  std::vector<Condition> conditions;
  if (!session.has("U")) return conditions;
  const MatlabNode all = session.at("U");
  const auto bins =
      static_cast<Eigen::Index>(std::llround(static_cast<double>(scans) * times.scan / times.bin));
  for (std::size_t k = 0; k < all.value().count(); ++k) {
    const std::vector<std::string> names = all.at("name", k).texts();
    const MatlabNode node = all.at("u", k);
    const Eigen::MatrixXd u = node.matrix();
    if (u.rows() != bins + kBinsBefore || static_cast<std::size_t>(u.cols()) != names.size())
      node.refuse("is " + std::to_string(u.rows()) + " x " + std::to_string(u.cols()) +
                      ", expected " + std::to_string(bins + kBinsBefore) + " x " +
                      std::to_string(names.size()) + ": " + std::to_string(kBinsBefore) +
                      " bins and those of " + std::to_string(scans) + " scans, for each name",
                  kSpecifyAgain);
    if (!u.allFinite()) node.refuse("holds numbers that are not finite");
    for (std::size_t c = 0; c < names.size(); ++c)
      conditions.push_back({names[c], u.col(static_cast<Eigen::Index>(c)).tail(bins)});
  }
  return conditions;
}

struct Region {
  std::string name, file;
  int session = 1;
  Eigen::VectorXd series;
  Eigen::MatrixXd confounds;
};

Region region_of(const MatlabFile& file, std::size_t sessions) {
  const MatlabNode voi = MatlabNode(file.variables, file.path).at("xY");
  Region region;
  region.file = file.path;
  region.name = voi.at("name").text();
  if (voi.has("Sess")) {
    const double session = voi.at("Sess").number();
    if (!(session >= 1 && session <= static_cast<double>(sessions)) ||
        session != std::floor(session))
      voi.at("Sess").refuse("is " + short_number(session) + ", and SPM.mat has " +
                                std::to_string(sessions) +
                                (sessions == 1 ? " session" : " sessions"),
                            "name the SPM.mat that the region was extracted from");
    region.session = static_cast<int>(session);
  }
  const Eigen::MatrixXd u = voi.at("u").matrix();
  if (u.cols() != 1 || !u.allFinite())
    voi.at("u").refuse("is " + std::to_string(u.rows()) + " x " + std::to_string(u.cols()) +
                           ", expected a column of numbers: the first eigenvariate",
                       "extract the region again in SPM, which writes VOI_*.mat");
  region.series = u.col(0);
  if (voi.has("X0")) region.confounds = voi.at("X0").matrix();
  return region;
}

[[noreturn]] void refuse_file(const std::string& file,
                              const std::string& message,
                              const std::string& note) {
  Place place;
  place.file = file;
  throw InputError(place, message, note, ExitCode::data);
}

// The regions of a session, in the order of the first one's.
void take_regions(const std::vector<Region>& regions,
                  const std::vector<std::string>& names,
                  Eigen::Index scans,
                  SpmSession& session,
                  std::vector<std::string>& notes) {
  SpmDcm& data = session.data;
  data.regions = names;
  data.samples.resize(scans, static_cast<Eigen::Index>(names.size()));
  const Region* first = nullptr;
  for (std::size_t r = 0; r < names.size(); ++r) {
    const auto found = std::ranges::find_if(regions, [&](const Region& region) {
      return region.session == session.number && region.name == names[r];
    });
    if (found->series.size() != scans)
      refuse_file(found->file,
                  "xY.u has " + std::to_string(found->series.size()) + " rows, and session " +
                      std::to_string(session.number) + " has " + std::to_string(scans) + " scans",
                  "extract the region from the same SPM.mat");
    if (first == nullptr) {
      first = &*found;
      data.confounds = found->confounds;
      if (data.confounds.size() > 0 &&
          (data.confounds.rows() != scans || !data.confounds.allFinite()))
        refuse_file(found->file, "xY.X0 is not a row of numbers for each scan", "");
    } else if (found->confounds != first->confounds) {
      notes.push_back("The confounds of " + found->name + " are not those of " + first->name +
                      ", which are taken for all regions, as SPM does.");
    }
    data.samples.col(static_cast<Eigen::Index>(r)) = found->series;
  }
}

// Names of regions; each session of which there is one must have them all.
std::vector<std::string> names_in(const std::vector<Region>& regions) {
  std::vector<std::string> names;
  std::map<int, std::vector<std::string>> of_session;
  for (const Region& region : regions) {
    std::vector<std::string>& here = of_session[region.session];
    if (std::ranges::find(here, region.name) != here.end())
      refuse_file(region.file,
                  "region '" + region.name + "' of session " + std::to_string(region.session) +
                      " was read already",
                  "name each region and session once");
    here.push_back(region.name);
    if (std::ranges::find(names, region.name) == names.end()) names.push_back(region.name);
  }
  for (const auto& [session, here] : of_session)
    for (const std::string& name : names)
      if (std::ranges::find(here, name) == here.end())
        refuse_file(regions.front().file,
                    "region '" + name + "' has no series of session " + std::to_string(session) +
                        ", of which other regions have one",
                    "name its VOI file too, VOI_" + name + "_" + std::to_string(session) +
                        ".mat by SPM's habit");
  return names;
}

}  // namespace

SpmDesign read_spm_design(const MatlabFile& design, const std::vector<MatlabFile>& files) {
  const MatlabNode spm = MatlabNode(design.variables, design.path).at("SPM");
  if (!spm.has("Sess"))
    spm.refuse("has no sessions: this is no design of an fMRI time series",
               "name the SPM.mat of a first level");
  const MatlabNode sessions = spm.at("Sess");
  const std::size_t count = sessions.value().count();
  const Times times = times_of(spm);
  const Eigen::MatrixXd scans = spm.at("nscan").matrix();
  if (static_cast<std::size_t>(scans.size()) != count)
    spm.at("nscan").refuse("is of " + std::to_string(scans.size()) + " and SPM.Sess of " +
                               std::to_string(count) + " sessions",
                           kSpecifyAgain);
  std::vector<Region> regions;
  for (const MatlabFile& file : files) regions.push_back(region_of(file, count));
  const std::vector<std::string> names = names_in(regions);

  SpmDesign result;
  std::vector<std::string> inputs;
  std::vector<std::vector<Condition>> conditions;
  for (std::size_t s = 0; s < count; ++s) {
    const int number = static_cast<int>(s) + 1;
    if (std::ranges::find(regions, number, &Region::session) == regions.end()) continue;
    SpmSession session{number, {}};
    const auto rows = static_cast<Eigen::Index>(scans(static_cast<Eigen::Index>(s)));
    take_regions(regions, names, rows, session, result.notes);
    session.data.scan_interval = times.scan;
    session.data.bin = times.bin;
    session.data.delays.assign(names.size(), times.delay);
    conditions.push_back(conditions_of(sessions.element(s), times, rows));
    for (const Condition& condition : conditions.back())
      if (std::ranges::find(inputs, condition.name) == inputs.end())
        inputs.push_back(condition.name);
    result.sessions.push_back(std::move(session));
  }
  for (std::size_t s = 0; s < result.sessions.size(); ++s) {
    SpmDcm& data = result.sessions[s].data;
    data.inputs = inputs;
    const double bins = static_cast<double>(data.samples.rows()) * times.scan / times.bin;
    data.signals =
        Eigen::MatrixXd::Zero(std::llround(bins), static_cast<Eigen::Index>(inputs.size()));
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const auto own = std::ranges::find(conditions[s], inputs[k], &Condition::name);
      if (own != conditions[s].end())
        data.signals.col(static_cast<Eigen::Index>(k)) = own->signal;
      else
        result.notes.push_back("Session " + std::to_string(result.sessions[s].number) +
                               " has no condition '" + inputs[k] + "', which is 0 there.");
    }
  }
  result.notes.push_back("Samples are taken " + short_number(times.delay, 4) +
                         " s into a scan, SPM's reference bin (xBF.T0); if slices were not put "
                         "to that time, write each region's own `delay`.");
  return result;
}

}  // namespace insula::dataset
