// SPDX-License-Identifier: Apache-2.0
// An architecture written as YAML reads back as itself, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "framework/architecture/graph.h"
#include "framework/base/random.h"
#include "framework/base/text.h"
#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

// Draws a valid architecture as text, in the many ways in which one may be written.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed, "architectures") {}

  std::string draw() {
    const std::size_t count = 1 + below(5);
    for (std::size_t i = 0; i < count; ++i) regions_.push_back(name(i));
    inputs_ = {"light", "null", "7tesla"};
    std::string text = "insula: architecture/1\nname: drawn\ndescription: \"a: \\\"b\\\", # c\"\n";
    text += "regions:\n";
    for (const std::string& region : regions_) {
      text += "  " + region + ": " +
              (chance() ? "{kind: two_state}"
                        : "{kind: neuronal, self_inhibition: {prior: lognormal(" + positive() +
                              " 1/s, " + positive() + ")}}") +
              "\n";
    }
    return text + projections() + drives() + observations() + parameters();
  }

 private:
  std::size_t below(std::size_t n) { return random_.below(n); }
  bool chance() { return below(2) == 0; }
  template <std::size_t N>
  const char* pick(const char* const (&choices)[N]) {
    return choices[below(N)];
  }
  static std::string name(std::size_t i) {
    static const char* const kNames[] = {"V1", "hMT+", "left-V4", "_x", "Insel_ß"};
    return kNames[i];
  }

  std::string by() {
    std::string list;
    for (const std::string& input : inputs_) {
      if (chance()) list += ", \"" + input + "\"";
    }
    for (const std::string& region : regions_) {
      if (below(3) == 0) list += ", " + region;
    }
    return list.empty() ? "\"light\"" : list.substr(2);
  }

  std::string strength() {
    if (chance()) return "";
    if (chance()) return ", strength: " + any() + " 1/s";
    return ", strength: {prior: normal(" + any() + " 1/s, " + positive() + " 1/s)}";
  }

  std::string projections() {
    std::string text = "projections:\n";
    int written = 0;
    for (const std::string& source : regions_) {
      for (const std::string& target : regions_) {
        if (chance()) continue;
        const bool is_self = source == target;
        const char* kind = is_self
                               ? "modulated_gated"
                               : pick({"linear", "saturating", "modulated_gated", "excitatory"});
        const bool takes = std::string(kind) == "modulated_gated" || kind[0] == 'e';
        text += "  " + source + pick({" -> ", "->"}) + target + (chance() ? " (2)" : "") +
                ": {kind: " + kind + (takes ? ", by: [" + by() + "]" : "") +
                (is_self || kind[0] == 'e' ? "" : strength()) + "}\n";
        ++written;
      }
    }
    return written > 0 ? text : "";
  }

  std::string drives() {
    std::string text = "inputs:\n";
    for (const std::string& input : inputs_) {
      text += "  \"" + input + "\": {" + (chance() ? "drives: [" + regions_[0] + "]" : "") + "}\n";
    }
    return text;
  }

  std::string observations() {
    std::string text =
        "observations:\n  bold: {kind: bold, regions: [" + join(regions_, ", ") + "]";
    if (chance()) text += ", noise: white, drift: 128 s";
    if (chance()) text += ", channels: {" + regions_[0] + ": \"a, channel\"}";
    return text + "}\n  rate: {kind: rate, regions: [" + regions_[0] + "]}\n";
  }

  // A number of any size, with all its digits.
  std::string positive() { return number_text(std::exp(3 * random_.normal())); }
  std::string any() { return number_text(random_.normal()); }

  std::string parameters() {
    std::string text = "parameters:\n  rate.gain: {prior: lognormal(" + positive() + ", 0.5)}\n";
    text += "  bold.decay: {prior: lognormal(" + positive() + " 1/s, " + positive() + ")}\n";
    text += "  bold.transit: {shared: " + std::string(chance() ? "true" : "false") +
            ", fixed: " + positive() + " s}\n";
    if (chance()) text += "  bold.epsilon: " + positive() + "\n";
    return text;
  }

  Stream random_;
  std::vector<std::string> regions_, inputs_;
};

TEST(ToYaml, ReadsBackAsTheSameArchitecture) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::string text = Generator(seed).draw();
    const Architecture drawn = parse_test(text);
    const std::string written = to_yaml(drawn);
    const Architecture read = parse_test(written);
    ASSERT_EQ(content(read), content(drawn)) << "seed " << seed << ":\n" << text << written;
    ASSERT_EQ(to_yaml(read), written);  // canonical: writing again changes nothing
    ASSERT_EQ(difference(drawn, read), std::vector<std::string>{});
  }
}

TEST(ToYaml, KeepsNumbersAsThePersonWroteThem) {
  const Architecture a = parse_test(std::string(kThreeRegions) + R"(parameters:
  V1.self_inhibition: {prior: lognormal(0.3 1/s, 0.06)}
  bold.transit: {prior: lognormal(1700 ms, 0.1), shared: true}
  V1 -> V5.modulation.motion: 0.1 1/s
)");
  EXPECT_EQ(to_yaml(a), R"yaml(insula: architecture/1
name: three

regions:
  V1: {kind: neuronal}
  V5: {kind: neuronal}
  SPC: {kind: neuronal}

projections:
  V1 -> V5: {kind: modulated, by: [motion]}
  V5 -> V1: {kind: linear}
  V5 -> SPC: {kind: linear}
  SPC -> V5: {kind: linear}

inputs:
  photic: {drives: [V1]}
  motion: {}
  attention: {drives: [SPC]}

observations:
  bold: {kind: bold, regions: [V1, V5, SPC]}

parameters:
  V1.self_inhibition: {prior: "lognormal(0.3 1/s, 0.06)"}
  V1 -> V5.modulation.motion: {fixed: 0.1 1/s}
  bold.transit: {prior: "lognormal(1.7 s, 0.1)", shared: true}
)yaml");
}

TEST(ToYaml, ReadsBackUnderThePriorsItWasReadWith) {
  const Architecture a = parse_test(kThreeRegions, Priors::spm);
  EXPECT_EQ(content(parse_test(to_yaml(a), Priors::spm)), content(a));
}

}  // namespace
}  // namespace insula::architecture
