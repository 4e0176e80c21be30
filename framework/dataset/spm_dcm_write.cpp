// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/spm_dcm_write.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "framework/dataset/matlab_write.h"

namespace insula::dataset {
namespace {

using Fields = std::vector<std::pair<std::string, MatlabValue>>;
constexpr int kSpmMostModes = 8;  // of more regions SPM would change the priors by itself

Eigen::Index index(std::size_t k) { return static_cast<Eigen::Index>(k); }

MatlabValue spm_number(double x) { return matlab_numbers(Eigen::MatrixXd::Constant(1, 1, x)); }

MatlabValue spm_diagonal(const Eigen::VectorXd& entries) {
  MatlabValue value;
  value.sort = MatlabValue::Sort::numbers;
  value.type = "double";
  const auto n = static_cast<std::size_t>(entries.size());
  value.size = {n, n};
  value.is_sparse = true;
  for (std::size_t k = 0; k < n; ++k) {
    if (entries[index(k)] == 0) continue;
    value.row.push_back(k);
    value.column.push_back(k);
    value.numbers.push_back(entries[index(k)]);
  }
  return value;
}

// A vector of parameters as the structure that spm_unvec makes of it.
MatlabValue parameter_structure(const SpmOrder& order, const Eigen::VectorXd& all) {
  const Eigen::Index n = order.regions;
  const auto pages = [&](Eigen::Index first, Eigen::Index count) {
    std::vector<Eigen::MatrixXd> each;
    for (Eigen::Index k = 0; k < count; ++k)
      each.emplace_back(all.segment(first + k * n * n, n * n).reshaped(n, n));
    return matlab_pages(each, static_cast<std::size_t>(n), static_cast<std::size_t>(n));
  };
  return matlab_structure(
      {{"A", matlab_numbers(all.head(n * n).reshaped(n, n))},
       {"B", pages(n * n, order.inputs)},
       {"C",
        matlab_numbers(all.segment(order.c(0, 0), n * order.inputs).reshaped(n, order.inputs))},
       {"D", pages(order.d(0, 0, 0), order.gates)},
       {"transit", matlab_numbers(all.segment(order.transit(0), n))},
       {"decay", spm_number(all[order.decay()])},
       {"epsilon", spm_number(all[order.epsilon()])}});
}

struct PriorVectors {
  Eigen::VectorXd mean, variance;
};

PriorVectors vectors_of(const SpmOrder& order, const SpmPriors& priors) {
  PriorVectors all{Eigen::VectorXd::Zero(order.size()), Eigen::VectorXd::Zero(order.size())};
  const auto put = [&](Eigen::Index at, const SpmPrior& prior) {
    all.mean[at] = prior.mean;
    all.variance[at] = prior.variance;
  };
  for (Eigen::Index i = 0; i < order.regions; ++i) {
    const auto to = static_cast<std::size_t>(i);
    for (Eigen::Index j = 0; j < order.regions; ++j) {
      const auto from = static_cast<std::size_t>(j);
      put(order.a(i, j), priors.a[to][from]);
      for (std::size_t k = 0; k < priors.b.size(); ++k)
        put(order.b(index(k), i, j), priors.b[k][to][from]);
      for (Eigen::Index k = 0; k < order.gates; ++k)
        put(order.d(k, i, j), priors.d[static_cast<std::size_t>(k)][to][from]);
    }
    for (Eigen::Index k = 0; k < order.inputs; ++k)
      put(order.c(i, k), priors.c[to][static_cast<std::size_t>(k)]);
    put(order.transit(i), priors.transit[to]);
  }
  put(order.decay(), priors.decay);
  put(order.epsilon(), priors.epsilon);
  return all;
}

MatlabValue series_structure(const SpmDcm& dcm, const std::optional<SpmEstimates>& estimates) {
  const Eigen::Index scans = dcm.samples.rows(), regions = dcm.samples.cols();
  std::vector<MatlabValue> components;  // spm_Ce: the noise of each region is white
  for (Eigen::Index r = 0; r < regions; ++r) {
    Eigen::VectorXd own = Eigen::VectorXd::Zero(scans * regions);
    own.segment(r * scans, scans).setOnes();
    components.push_back(spm_diagonal(own));
  }
  Fields fields{{"dt", spm_number(dcm.scan_interval)}, {"y", matlab_numbers(dcm.samples)}};
  if (dcm.confounds.cols() > 0)
    fields.emplace_back("X0", matlab_numbers(dcm.confounds));
  else if (estimates)
    fields.emplace_back("X0", matlab_numbers(Eigen::MatrixXd::Ones(scans, 1)));
  fields.emplace_back("name", matlab_texts(dcm.regions));
  fields.emplace_back("Q", matlab_cell(std::move(components)));
  if (estimates) fields.emplace_back("scale", spm_number(estimates->scale));
  return matlab_structure(std::move(fields));
}

MatlabValue options_structure(const SpmDcm& dcm) {
  return matlab_structure(
      {{"nonlinear", spm_number(dcm.d.empty() ? 0 : 1)},
       {"two_state", spm_number(0)},
       {"stochastic", spm_number(0)},
       {"centre", spm_number(0)},
       {"hidden", matlab_numbers(Eigen::MatrixXd(0, 0))},
       {"hE", spm_number(6)},
       {"hC", spm_number(1.0 / 128)},
       {"maxit", spm_number(128)},
       {"maxnodes", spm_number(std::max(kSpmMostModes, static_cast<int>(dcm.regions.size())))},
       {"induced", spm_number(0)},
       {"nograph", spm_number(1)}});
}

MatlabValue model_structure(const SpmDcm& dcm, const PriorVectors& priors, bool is_estimated) {
  const SpmOrder order = order_of(dcm);
  Fields fields{{"pE", parameter_structure(order, priors.mean)},
                {"pC", spm_diagonal(priors.variance)}};
  if (!is_estimated) return matlab_structure(std::move(fields));
  const Eigen::Index n = order.regions;
  constexpr double kSpmStates = 5;  // of a region
  Eigen::VectorXd delays(n);
  for (Eigen::Index r = 0; r < n; ++r) delays[r] = dcm.delays[static_cast<std::size_t>(r)];
  Fields all{{"delays", matlab_numbers(delays)},
             {"TE", spm_number(dcm.echo_time)},
             {"IS", matlab_text(dcm.d.empty() ? "spm_int" : "spm_int_D")}};
  if (!dcm.d.empty()) {
    all.emplace_back("nsteps", spm_number(std::round(std::max(dcm.scan_interval, 1.0))));
    all.emplace_back("states",
                     matlab_numbers(Eigen::RowVectorXd::LinSpaced(n, 1, static_cast<double>(n))));
  }
  all.insert(
      all.end(),
      {{"f", matlab_text("spm_fx_fmri")},
       {"g", matlab_text("spm_gx_fmri")},
       {"x", matlab_numbers(Eigen::MatrixXd::Zero(n, static_cast<Eigen::Index>(kSpmStates)))}});
  std::ranges::move(fields, std::back_inserter(all));
  all.insert(all.end(),
             {{"hE", matlab_numbers(Eigen::VectorXd::Constant(n, 6))},
              {"hC", spm_diagonal(Eigen::VectorXd::Constant(n, 1.0 / 128))},
              {"m", spm_number(static_cast<double>(order.inputs))},
              {"n", spm_number(kSpmStates * static_cast<double>(n))},
              {"l", spm_number(static_cast<double>(n))},
              {"N", spm_number(static_cast<double>(SpmEstimates::kKernelSamples))},
              {"dt", spm_number(SpmEstimates::kKernelInterval)},
              {"ns", spm_number(static_cast<double>(dcm.samples.rows()))}});
  return matlab_structure(std::move(all));
}

// spm_data_id: a number that files of the same data share.
double data_id(const Eigen::MatrixXd& samples) {
  const double sum = samples.cwiseAbs().sum();
  return sum > 0 ? std::pow(10.0, -(std::floor(std::log10(sum)) - 2)) * sum : 0;
}

void add_estimates(const SpmDcm& dcm,
                   const SpmEstimates& estimates,
                   const PriorVectors& priors,
                   Fields& fields) {
  const SpmOrder order = order_of(dcm);
  const Eigen::VectorXd variance = estimates.covariance.diagonal();
  Eigen::VectorXd probability(order.size());
  for (Eigen::Index k = 0; k < order.size(); ++k)  // NaN where nothing varies, as spm_Ncdf has it
    probability[k] = 0.5 * std::erfc((priors.mean[k] - std::abs(estimates.mean[k])) /
                                     std::sqrt(2 * variance[k]));
  probability = (variance.array() > 0).select(probability, std::nan(""));
  const Eigen::MatrixXd x0 =
      dcm.confounds.cols() > 0 ? dcm.confounds : Eigen::MatrixXd::Ones(dcm.samples.rows(), 1);
  Eigen::MatrixXd residual = dcm.samples - estimates.prediction;
  residual -= x0 * x0.completeOrthogonalDecomposition().solve(residual);
  const auto scans = static_cast<double>(dcm.samples.rows());
  double cost = 0;  // spm_dcm_evidence
  for (Eigen::Index r = 0; r < order.regions; ++r)
    cost -= 0.5 * (scans * std::log(estimates.noise_variance[r]) +
                   residual.col(r).squaredNorm() / estimates.noise_variance[r]);
  const auto estimated = static_cast<double>((variance.array() != 0).count());
  const auto kernels = [&](const std::vector<Eigen::MatrixXd>& each) {
    return matlab_pages(each,
                        static_cast<std::size_t>(SpmEstimates::kKernelSamples),
                        static_cast<std::size_t>(order.regions));
  };
  fields.insert(fields.end(),
                {{"Ce", matlab_numbers(estimates.noise_variance)},
                 {"Ep", parameter_structure(order, estimates.mean)},
                 {"Cp", matlab_numbers(estimates.covariance)},
                 {"Pp", parameter_structure(order, probability)},
                 {"Vp", parameter_structure(order, variance)},
                 {"H1", kernels(estimates.haemodynamic)},
                 {"K1", kernels(estimates.neuronal)},
                 {"R", matlab_numbers(residual)},
                 {"y", matlab_numbers(estimates.prediction)},
                 {"T", spm_number(0)},
                 {"F", spm_number(estimates.free_energy)},
                 {"ID", spm_number(data_id(dcm.samples))},
                 {"AIC", spm_number(cost - estimated)},
                 {"BIC", spm_number(cost - 0.5 * estimated * std::log(scans))}});
}

bool is_same(const PriorVectors& one, const PriorVectors& other) {
  return one.mean == other.mean && one.variance == other.variance;
}

}  // namespace

SpmOrder order_of(const SpmDcm& dcm) {
  return {index(dcm.regions.size()), index(dcm.inputs.size()), index(dcm.d.size())};
}

SpmPriors usual_spm_priors(const SpmDcm& dcm) {
  const std::size_t n = dcm.regions.size(), m = dcm.inputs.size();
  const std::vector<std::vector<SpmPrior>> none(n, std::vector<SpmPrior>(n));
  const auto mask = [&](const Eigen::MatrixXd& on, const SpmPrior& prior) {
    auto all = std::vector(n, std::vector<SpmPrior>(static_cast<std::size_t>(on.cols())));
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = 0; j < all[i].size(); ++j)
        if (on(index(i), index(j)) != 0) all[i][j] = prior;
    return all;
  };
  SpmPriors priors;
  priors.a = mask(dcm.a, {1.0 / 128, 1.0 / 64});
  priors.b.assign(m, none);
  for (std::size_t k = 0; k < m; ++k) priors.b[k] = mask(dcm.b[k], {0, 1});
  priors.c = mask(dcm.c, {0, 1});
  for (const Eigen::MatrixXd& gate : dcm.d) priors.d.push_back(mask(gate, {0, 1}));
  priors.transit.assign(n, {0, 1.0 / 256});
  priors.decay = priors.epsilon = {0, 1.0 / 256};
  return priors;
}

MatlabValue spm_dcm_file(const SpmDcm& dcm,
                         const std::optional<SpmEstimates>& estimates,
                         const std::string& name,
                         const std::string& version) {
  const SpmOrder order = order_of(dcm);
  const std::size_t n = dcm.regions.size();
  const PriorVectors usual = vectors_of(order, usual_spm_priors(dcm));
  const PriorVectors priors = dcm.priors ? vectors_of(order, *dcm.priors) : usual;
  Eigen::VectorXd delays(order.regions);
  for (std::size_t r = 0; r < n; ++r) delays[index(r)] = dcm.delays[r];
  Fields fields{
      {"name", matlab_text(name)},
      {"n", spm_number(static_cast<double>(n))},
      {"v", spm_number(static_cast<double>(dcm.samples.rows()))},
      {"Y", series_structure(dcm, estimates)},
      {"U",
       matlab_structure({{"dt", spm_number(dcm.bin)},
                         {"name", matlab_texts(dcm.inputs)},
                         {"u", matlab_numbers(dcm.signals)}})},
      {"delays", matlab_numbers(delays)},
      {"TE", spm_number(dcm.echo_time)},
      {"options", options_structure(dcm)},
      {"a", matlab_numbers(dcm.a)},
      {"b", matlab_pages(dcm.b, n, n)},
      {"c", matlab_numbers(dcm.c)},
      {"d", matlab_pages(dcm.d, n, n)},
      {"version",
       matlab_structure({{"Insula", matlab_structure({{"version", matlab_text(version)}})}})}};
  if (estimates || !is_same(priors, usual))
    fields.emplace_back("M", model_structure(dcm, priors, estimates.has_value()));
  if (estimates) add_estimates(dcm, *estimates, priors, fields);
  Fields variables{{"DCM", matlab_structure(std::move(fields))}};
  if (estimates) {
    variables.emplace_back("F", spm_number(estimates->free_energy));
    variables.emplace_back("Ep", parameter_structure(order, estimates->mean));
    variables.emplace_back("Cp", matlab_numbers(estimates->covariance));
  }
  return matlab_structure(std::move(variables));
}

}  // namespace insula::dataset
