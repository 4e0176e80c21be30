// SPDX-License-Identifier: Apache-2.0
// The equations at single points against SPM's spm_fx_fmri and spm_gx_fmri: networks of 1 to 3
// regions with every connection, modulation and gate present.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "framework/simulation/detail/linearise.h"
#include "modules/catalogue.h"
#include "tests/support/attention_model.h"
#include "tests/support/parameter_table.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using Json = nlohmann::json;

Json points(const std::string& form) {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/spm/pointwise/" + form + ".json");
  return Json::parse(file).at("points");
}

std::string region(std::size_t i) { return "R" + std::to_string(i); }
std::string input(std::size_t k) { return "u" + std::to_string(k); }

// In a point of one region, matrices are plain numbers.
double entry(const Json& matrix, std::size_t i, std::size_t j) {
  if (matrix.is_number()) return matrix.get<double>();
  return matrix.at(i).at(j).get<double>();
}
double entry(const Json& vector, std::size_t i) {
  return vector.is_number() ? vector.get<double>() : vector.at(i).get<double>();
}

architecture::Architecture fully_connected(bool two_state,
                                           std::size_t regions,
                                           std::size_t inputs,
                                           const Catalogue& kinds) {
  architecture::Architecture a;
  std::vector<std::size_t> all(regions);
  std::vector<std::string> contexts;
  for (std::size_t k = 0; k < inputs; ++k) contexts.push_back(input(k));
  for (std::size_t i = 0; i < regions; ++i) {
    all[i] = i;
    const char* kind = two_state ? "two_state" : "neuronal";
    a.regions.push_back({region(i), find_kind(kinds.regions, kind), {}});
  }
  for (std::size_t j = 0; j < regions; ++j)
    for (std::size_t i = 0; i < regions; ++i) {
      const bool positive = two_state && i != j;
      architecture::Projection p;
      p.source = j;
      p.target = i;
      p.kind = find_kind(kinds.projections, positive ? "excitatory" : "modulated_gated");
      p.contexts = contexts;
      p.gates = all;
      a.projections.push_back(p);
    }
  for (const std::string& name : contexts) a.inputs.push_back({name, all, {}});
  architecture::Observation bold;
  bold.name = "bold";
  bold.kind = find_kind(kinds.observations, "bold");
  bold.regions = all;
  for (std::size_t i = 0; i < regions; ++i) bold.channels.push_back(region(i));
  a.observations = {bold};
  insula::test::lay_out_parameters(a);
  return a;
}

// SPM's parameters in its own order, columns first, with their values at a point.
std::vector<std::pair<std::string, double>> parameters(const Json& point) {
  const auto n = point.at("regions").get<std::size_t>(), m = point.at("inputs").get<std::size_t>();
  std::vector<std::pair<std::string, double>> list;
  const auto edge = [](std::size_t i, std::size_t j) { return region(i) + "<-" + region(j); };
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t i = 0; i < n; ++i)
      list.emplace_back("A[" + edge(i, j) + "]", entry(point.at("A"), i, j));
  for (std::size_t k = 0; k < m; ++k)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t i = 0; i < n; ++i)
        list.emplace_back("B[" + edge(i, j) + "|" + input(k) + "]",
                          entry(point.at("B").at(k), i, j));
  for (std::size_t k = 0; k < m; ++k)
    for (std::size_t i = 0; i < n; ++i)
      list.emplace_back("C[" + region(i) + "|" + input(k) + "]",
                        n == 1 ? entry(point.at("C"), k) : entry(point.at("C"), i, k));
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t i = 0; i < n; ++i)
        list.emplace_back("D[" + edge(i, j) + "|" + region(r) + "]",
                          n == 1 ? entry(point.at("D"), 0) : entry(point.at("D").at(r), i, j));
  for (std::size_t i = 0; i < n; ++i)
    list.emplace_back("transit[" + region(i) + "]", entry(point.at("transit"), i));
  list.emplace_back("decay", point.at("decay").get<double>());
  list.emplace_back("epsilon", point.at("epsilon").get<double>());
  return list;
}

class AtSpmsPoints : public testing::TestWithParam<std::string> {
 protected:
  void take(const Json& point) {
    at = point;
    regions = point.at("regions").get<std::size_t>();
    inputs = point.at("inputs").get<std::size_t>();
    system = compile(fully_connected(two_state, regions, inputs, kinds));
    names = parameters(point);
    std::map<std::string, double> values(names.begin(), names.end());
    if (two_state)  // A(ii) is the logarithm of inhibition
      for (std::size_t i = 0; i < regions; ++i)
        ours["A[" + region(i) + "<-" + region(i) + "]"] = region(i) + ".inhibition";
    theta.resize(static_cast<Eigen::Index>(system.free.size()));
    std::map<std::string, double> by_name;
    for (const auto& [name, value] : names) by_name[our_name(name)] = value;
    for (std::size_t p = 0; p < system.free.size(); ++p)
      theta[static_cast<Eigen::Index>(p)] = by_name.at(system.parameter_names()[p]);
    natural = system.natural(theta);
    x.resize(system.states);
    for (std::size_t i = 0; i < regions; ++i)
      for (std::size_t c = 0; c < columns(); ++c)
        x[state(i, c)] = regions == 1 ? entry(point.at("x"), c) : entry(point.at("x"), i, c);
    u.resize(static_cast<Eigen::Index>(inputs));
    for (std::size_t k = 0; k < inputs; ++k)
      u[static_cast<Eigen::Index>(k)] = entry(point.at("u"), k);
  }

  std::string our_name(const std::string& spm) const {
    const auto found = ours.find(spm);
    return found == ours.end() ? insula::test::from_spm(spm) : found->second;
  }
  std::size_t columns() const { return two_state ? 6 : 5; }
  // SPM: z, s, ln f, ln v, ln q and, with two states, the inhibitory activity.
  Eigen::Index state(std::size_t r, std::size_t column) const {
    const int first = system.regions[r].first_state;
    if (column == 0) return first;
    if (column == 5) return first + 1;
    return system.channels[r].first_state + static_cast<int>(column) - 1;
  }
  // Our state of SPM's vector: all regions' first column, then the next.
  Eigen::Index state_of(std::size_t row) const { return state(row % regions, row / regions); }

  bool two_state = GetParam() == "two_state";
  Catalogue kinds = catalogue();
  Json at;
  std::size_t regions = 0, inputs = 0;
  System system;
  std::vector<std::pair<std::string, double>> names;
  std::map<std::string, std::string> ours;
  Eigen::VectorXd theta, x, u;
  std::vector<double> natural;
};

// A dozen operations in each equation, and powers 1/α = 3.125 of exponentials.
Tolerance relative(double scale) {
  return Tolerance::because(1e-12 * std::max(scale, 1e-3), "rounding, in both programs");
}

TEST_P(AtSpmsPoints, TheDriftIsSpms) {
  for (const Json& point : points(GetParam())) {
    take(point);
    const Eigen::VectorXd rate = drift(system, natural, x, u);
    for (std::size_t row = 0; row < regions * columns(); ++row) {
      const std::size_t r = row % regions, c = row / regions;
      const Json& expected = point.at("dxdt");
      const double value = expected.at(0).is_array() ? entry(expected, r, c) : entry(expected, row);
      EXPECT_CLOSE(rate[state(r, c)], value, relative(std::max(1.0, std::abs(value))));
    }
  }
}

TEST_P(AtSpmsPoints, TheBoldSignalIsSpms) {
  for (const Json& point : points(GetParam())) {
    take(point);
    const Eigen::VectorXd y = observe(system, natural, x);
    for (std::size_t r = 0; r < regions; ++r) {
      const double expected = entry(point.at("bold"), r);
      EXPECT_CLOSE(y[static_cast<Eigen::Index>(r)], expected, relative(std::abs(expected)));
    }
  }
}

TEST_P(AtSpmsPoints, TheExactDerivativesAreThoseOfSpmsEquations) {
  for (const Json& point : points(GetParam())) {
    take(point);
    // One step of the integrator whose stages all stand at the point.
    Timeline line;
    line.time = {0, 1};
    line.input = u;
    Trajectory trajectory;
    trajectory.steps = {{1.0, 0}};
    trajectory.tape.assign(static_cast<std::size_t>(system.states) * kLanes, 0.0);
    for (Eigen::Index s = 0; s < x.size(); ++s)
      std::fill_n(trajectory.tape.begin() + s * static_cast<Eigen::Index>(kLanes), kLanes, x[s]);
    const Structure structure = simulation::structure(system);
    const FormStructure& form = structure.drift;
    std::vector<double> stream(form.width() * kLanes);
    trajectory.stimuli = stimuli_of(system, line, {&natural, 1});
    fill_drift_stream(system, structure, line, natural, trajectory, 0, 1, stream.data());

    Eigen::MatrixXd by_state = Eigen::MatrixXd::Zero(system.states, system.states);
    for (std::size_t e = 0; e < form.states.size(); ++e)
      by_state(form.states[e].row, form.states[e].column) += stream[e * kLanes];
    const auto& table = system.architecture.parameters;
    Eigen::MatrixXd by_parameter =
        Eigen::MatrixXd::Zero(system.states, static_cast<Eigen::Index>(table.size()));
    for (std::size_t e = 0; e < form.parameters.size(); ++e) {
      const ParameterEntry& p = form.parameters[e];
      by_parameter(p.row, p.parameter) += stream[(form.states.size() + e) * kLanes];
    }
    for (std::size_t p = 0; p < system.free.size(); ++p)  // from natural values to θ
      by_parameter.col(static_cast<Eigen::Index>(system.free[p])) *=
          table[system.free[p]].derivative(theta[static_cast<Eigen::Index>(p)]);

    const Json& dfdx = point.at("dfdx");
    for (std::size_t row = 0; row < dfdx.size(); ++row)
      for (std::size_t column = 0; column < dfdx.size(); ++column) {
        const double expected = dfdx.at(row).at(column).get<double>();
        EXPECT_CLOSE(by_state(state_of(row), state_of(column)),
                     expected,
                     relative(std::max(1.0, std::abs(expected))))
            << "d state " << row << " / d state " << column;
      }
    const Json& dfdp = point.at("dfdp");
    for (std::size_t p = 0; p < names.size(); ++p) {
      const std::size_t index =
          insula::test::parameter_index(system.architecture, our_name(names[p].first));
      for (std::size_t row = 0; row < dfdp.size(); ++row) {
        const double expected = dfdp.at(row).at(p).get<double>();
        EXPECT_CLOSE(by_parameter(state_of(row), static_cast<Eigen::Index>(index)),
                     expected,
                     relative(std::max(1.0, std::abs(expected))))
            << "d state " << row << " / d " << names[p].first;
      }
    }
  }
}

TEST_P(AtSpmsPoints, TheDriftAnswersToInputsAsSpms) {
  const double h = 1e-3;
  for (const Json& point : points(GetParam())) {
    take(point);
    const Json& dfdu = point.at("dfdu");
    for (std::size_t k = 0; k < inputs; ++k) {
      const auto slope = [&](double step) -> Eigen::VectorXd {
        Eigen::VectorXd up = u, down = u;
        up[static_cast<Eigen::Index>(k)] += step;
        down[static_cast<Eigen::Index>(k)] -= step;
        return (drift(system, natural, x, up) - drift(system, natural, x, down)) / (2 * step);
      };
      // Richardson: what is left is of order h⁴.
      const Eigen::VectorXd both = (4 * slope(h / 2) - slope(h)) / 3;
      for (std::size_t row = 0; row < dfdu.size(); ++row)
        EXPECT_CLOSE(both[state_of(row)],
                     dfdu.at(row).at(k).get<double>(),
                     Tolerance::truncation(100, h, 4));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Spm,
                         AtSpmsPoints,
                         testing::Values("one_state", "two_state"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace insula::simulation
