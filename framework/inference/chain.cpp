// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include "framework/inference/detail/chain.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;

// 1 − ρ^(2k), kept exact near |ρ| = 1.
double one_minus_square_power(double rho, Index k) {
  if (rho == 0) return 1;
  return -std::expm1(2 * static_cast<double>(k) * std::log(std::abs(rho)));
}

// What a gap of k steps has: r = ρ^k, h = d atanh(r)/dζ and dh/dζ.
struct GapTerms {
  double r, one_minus_r2, h, h_first;
};
GapTerms gap_terms(double rho, Index length) {
  const auto k = static_cast<double>(length);
  const double s = one_minus_square_power(rho, 1);
  const double q = one_minus_square_power(rho, length);
  const double r_before = std::pow(rho, length - 1);
  const double r = r_before * rho;
  if (length == 1) return {r, q, 1, 0};
  const double h = k * r_before * s / q;
  const double h_rho = k * (k - 1) * std::pow(rho, length - 2) * s / q - 2 * k * r / q +
                       2 * k * k * r_before * r_before * r * s / (q * q);
  return {r, q, h, h_rho * s};
}

void add_run(
    const Channel& channel, Index begin, Index end, Chain& chain, std::map<Index, Gap>& gaps) {
  Index before = -1;
  for (Index sample = begin; sample < end; ++sample) {
    if (!channel.use[static_cast<std::size_t>(sample)]) continue;
    const Index position = chain.count();
    chain.used.push_back(sample);
    if (before < 0) {
      chain.ends.push_back(position);
    } else {
      Gap& gap = gaps[sample - before];
      gap.length = sample - before;
      gap.later.push_back(position);
    }
    before = sample;
  }
  if (before >= 0) chain.ends.push_back(chain.count() - 1);
}

}  // namespace

Chain make_chain(const Channel& channel) {
  Chain chain;
  std::map<Index, Gap> gaps;
  for (std::size_t run = 0; run < channel.run_start.size(); ++run) {
    const bool is_last = run + 1 == channel.run_start.size();
    const Index end = is_last ? channel.data.size() : channel.run_start[run + 1];
    add_run(channel, channel.run_start[run], end, chain, gaps);
  }
  chain.is_white = channel.noise == Noise::white;
  if (chain.is_white) {
    chain.ends.clear();
  } else {
    for (auto& [length, gap] : gaps) chain.gaps.push_back(std::move(gap));
  }
  return chain;
}

void set_weights(const Chain& chain, double zeta, Weights& w) {
  const std::size_t parts = chain.parts();
  w.value.assign(parts, 1);
  w.first.assign(parts, 0);
  w.second.assign(parts, 0);
  w.log_det = w.log_det_first = w.log_det_second = 0;
  if (chain.is_white) return;
  const double rho = std::tanh(zeta);
  const double s = one_minus_square_power(rho, 1);  // dρ/dζ
  const auto n = static_cast<double>(chain.count());
  w.log_det = n * std::log(s);
  w.log_det_first = -2 * rho * n;
  w.log_det_second = -2 * s * n;
  w.value[0] = s;
  w.first[0] = -2 * rho * s;
  w.second[0] = s * (4 * rho * rho - 2 * s);
  for (std::size_t g = 0; g < chain.gaps.size(); ++g) {
    const GapTerms t = gap_terms(rho, chain.gaps[g].length);
    const auto links = static_cast<double>(chain.gaps[g].later.size());
    w.log_det -= links * std::log(t.one_minus_r2);
    w.log_det_first += 2 * links * t.r * t.h;
    w.log_det_second += 2 * links * (t.h * t.h * t.one_minus_r2 + t.r * t.h_first);
    for (const int sign : {-1, 1}) {  // sums, then differences
      const std::size_t part = 1 + 2 * g + (sign > 0 ? 1 : 0);
      // ¼ s (1 ± r)/(1 ∓ r), written without the difference that vanishes at |ρ| = 1.
      const double value = 0.25 * s * (1 + sign * t.r) * (1 + sign * t.r) / t.one_minus_r2;
      const double slope = -2 * rho + 2 * sign * t.h;  // of ln value
      w.value[part] = value;
      w.first[part] = value * slope;
      w.second[part] = value * (slope * slope - 2 * s + 2 * sign * t.h_first);
    }
  }
}

Whitening whitening(const Chain& chain, double zeta) {
  Whitening w{Eigen::VectorXd::Ones(chain.count()), Eigen::VectorXd::Zero(chain.count())};
  if (chain.is_white) return w;
  const double rho = std::tanh(zeta);
  const double s = one_minus_square_power(rho, 1);
  w.own.setConstant(std::sqrt(s));  // of the first sample of each run; all others have links
  for (const Gap& gap : chain.gaps) {
    const GapTerms t = gap_terms(rho, gap.length);
    const double own = std::sqrt(s / t.one_minus_r2);
    for (const Index later : gap.later) {
      w.own[later] = own;
      w.before[later] = own * t.r;
    }
  }
  return w;
}

std::vector<LinkRun> link_runs(const Chain& chain) {
  const auto sample = [&](Index position) {
    return chain.used[static_cast<std::size_t>(position)];
  };
  std::vector<LinkRun> runs;
  for (std::size_t g = 0; g < chain.gaps.size(); ++g) {
    Index next = -1;
    for (const Index later : chain.gaps[g].later) {
      if (sample(later) != next) runs.push_back({g, chain.gaps[g].length, sample(later), 0});
      ++runs.back().count;
      next = sample(later) + 1;
    }
  }
  return runs;
}

std::vector<double> part_traces(const Chain& chain,
                                const std::vector<LinkRun>& runs,
                                const Eigen::VectorXd& variance,
                                const std::vector<Eigen::VectorXd>& linked) {
  std::vector<double> traces(chain.parts(), 0);
  if (chain.is_white) {
    for (const Index sample : chain.used) traces[0] += variance[sample];
    return traces;
  }
  for (const Index end : chain.ends)
    traces[0] += 0.5 * variance[chain.used[static_cast<std::size_t>(end)]];
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const LinkRun& run = runs[r];
    const double own = variance.segment(run.begin, run.count).sum() +
                       variance.segment(run.begin - run.length, run.count).sum();
    const double between = 2 * linked[r].sum();
    traces[1 + 2 * run.gap] += own + between;
    traces[2 + 2 * run.gap] += own - between;
  }
  return traces;
}

Eigen::MatrixXd parts_times(const Chain& chain, const Eigen::VectorXd& e) {
  if (chain.is_white) return e;
  Eigen::MatrixXd product = Eigen::MatrixXd::Zero(e.size(), static_cast<Index>(chain.parts()));
  for (const Index end : chain.ends) product(end, 0) += 0.5 * e[end];
  for (std::size_t g = 0; g < chain.gaps.size(); ++g) {
    const auto sums = static_cast<Index>(1 + 2 * g);
    for (const Index t : chain.gaps[g].later) {
      const double sum = e[t] + e[t - 1], difference = e[t] - e[t - 1];
      product(t, sums) += sum;
      product(t - 1, sums) += sum;
      product(t, sums + 1) += difference;
      product(t - 1, sums + 1) -= difference;
    }
  }
  return product;
}

Eigen::VectorXd precision_times(const Chain& chain, double zeta, const Eigen::VectorXd& e) {
  if (chain.is_white) return e;
  Weights w;
  set_weights(chain, zeta, w);
  return parts_times(chain, e) *
         Eigen::Map<const Eigen::VectorXd>(w.value.data(), static_cast<Index>(w.value.size()));
}

}  // namespace insula::inference::detail
