// SPDX-License-Identifier: Apache-2.0
// What every kind says of itself, for YAML, messages and documentation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <type_traits>

#include "framework/base/quantity.h"
#include "modules/catalogue.h"

namespace insula {
namespace {

bool is_lower_snake(std::string_view text) {
  return !text.empty() && std::islower(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::islower(c) || std::isdigit(c) || c == '_';
         });
}

// Four digits in a row from 1850 to 2099.
bool names_a_year(std::string_view text) {
  for (std::size_t i = 0; i + 4 <= text.size(); ++i) {
    const std::string_view four = text.substr(i, 4);
    if (!std::all_of(four.begin(), four.end(), [](unsigned char c) { return std::isdigit(c); }))
      continue;
    const int year = std::stoi(std::string(four));
    if (year >= 1850 && year < 2100) return true;
  }
  return false;
}

template <class Kind>
void check_kinds(const std::vector<Kind>& kinds) {
  ASSERT_FALSE(kinds.empty());
  EXPECT_TRUE(std::is_sorted(
      kinds.begin(), kinds.end(), [](const Kind& a, const Kind& b) { return a.name < b.name; }));
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(kind.name);
    EXPECT_TRUE(is_lower_snake(kind.name));
    EXPECT_EQ(find_kind(kinds, kind.name), &kind) << "another kind has its name";
    EXPECT_TRUE(kind.summary.size() > 10 && kind.summary.ends_with('.')) << kind.summary;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(kind.summary[0]))) << kind.summary;
    // A baseline may be nobody's: the mean is.
    if constexpr (std::is_same_v<Kind, BaselineKind>)
      EXPECT_GT(kind.source.size(), 10u);
    else
      EXPECT_TRUE(names_a_year(kind.source)) << kind.source;
  }
}

void check_field(const FieldSpec& field) {
  SCOPED_TRACE(field.name);
  EXPECT_TRUE(is_lower_snake(field.name));
  EXPECT_TRUE(dimension_of(field.unit).has_value()) << "unit '" << field.unit << "'";
  EXPECT_FALSE(field.symbol.empty());
  EXPECT_GT(field.meaning.size(), 3u);
  EXPECT_TRUE(std::isfinite(field.value));
  EXPECT_TRUE(std::isfinite(field.prior_sd) && field.prior_sd >= 0);
  EXPECT_TRUE(field.domain != Domain::positive || field.value > 0) << field.value;
  EXPECT_TRUE(field.domain != Domain::unit_interval || (field.value > 0 && field.value < 1))
      << field.value;
}

void check_fields(std::span<const FieldSpec> fields, int count) {
  EXPECT_EQ(static_cast<int>(fields.size()), count) << "the map takes another number of these";
  std::set<std::string_view> names;
  for (const FieldSpec& field : fields) {
    check_field(field);
    EXPECT_TRUE(names.insert(field.name).second) << field.name << " stands twice";
  }
}

TEST(EveryKind, HasANameASummaryAndASourceWithItsYear) {
  const Catalogue kinds = catalogue();
  check_kinds(kinds.regions);
  check_kinds(kinds.projections);
  check_kinds(kinds.observations);
  check_kinds(kinds.learners);
  check_kinds(kinds.baselines);
}

TEST(EveryRegion, DescribesItsFields) {
  for (const RegionKind& kind : catalogue().regions) {
    SCOPED_TRACE(kind.name);
    check_fields(kind.parameters, kind.drift.parameters);
    check_fields(kind.states, kind.drift.states);
    check_fields(kind.inputs, kind.drift.inputs);
    EXPECT_EQ(kind.drift.outputs, kind.drift.states);
    EXPECT_EQ(kind.activity.outputs, 1);
    EXPECT_EQ(kind.activity.inputs, 0);
    EXPECT_EQ(kind.activity.states, kind.drift.states);
    EXPECT_EQ(kind.activity.parameters, kind.drift.parameters);
    for (const FieldSpec& input : kind.inputs)
      EXPECT_TRUE(input.name == "afferent" || input.name == "stimulus" || input.name == "self")
          << input.name << " is fed by nothing";
  }
}

TEST(EveryProjection, DescribesItsFieldsAndWeights) {
  for (const ProjectionKind& kind : catalogue().projections) {
    SCOPED_TRACE(kind.name);
    check_fields(kind.parameters, kind.transmit.parameters);
    check_field(kind.context_weight);
    check_field(kind.gate_weight);
    EXPECT_EQ(kind.transmit.states, 0);
    EXPECT_EQ(kind.transmit.inputs, 3);
    EXPECT_EQ(kind.transmit.outputs, 1);
  }
}

TEST(EveryProjection, HearsContextsAndRegionsExactlyIfItSaysSo) {
  constexpr int kModulation = 1, kGating = 2;
  for (const ProjectionKind& kind : catalogue().projections) {
    EXPECT_EQ(kind.transmit.depends(0, kModulation), kind.takes_contexts) << kind.name;
    EXPECT_EQ(kind.transmit.depends(0, kGating), kind.takes_regions) << kind.name;
  }
}

// A self-projection has no strength: its fields are 0, its source is 1, and what it transmits is
// the log change of the region's decay. A kind that would transmit nothing must refuse to be one.
TEST(EveryProjection, ToItselfTransmitsItsModulation) {
  for (const ProjectionKind& kind : catalogue().projections) {
    if (!kind.may_be_self) continue;
    const std::vector<double> none(
        static_cast<std::size_t>(std::max(kind.transmit.parameters, 1)) * kLanes, 0.0);
    std::vector<double> input(3 * kLanes, 0.0), out(kLanes);
    std::fill_n(input.begin(), kLanes, 1.0);
    kind.transmit.evaluate(1, nullptr, input.data(), none.data(), out.data());
    EXPECT_EQ(out[0], 0) << kind.name << " changes a region by itself";
    std::fill_n(input.begin() + (kind.takes_contexts ? 1 : 2) * kLanes, kLanes, 0.25);
    kind.transmit.evaluate(1, nullptr, input.data(), none.data(), out.data());
    EXPECT_EQ(out[0], 0.25) << kind.name;
  }
}

TEST(EveryObservation, DescribesItsFieldsAndItsRecording) {
  for (const ObservationKind& kind : catalogue().observations) {
    SCOPED_TRACE(kind.name);
    check_fields(kind.parameters, kind.drift.parameters);
    check_fields(kind.states, kind.drift.states);
    EXPECT_EQ(kind.drift.outputs, kind.drift.states);
    EXPECT_EQ(kind.observe.states, kind.drift.states);
    EXPECT_EQ(kind.observe.parameters, kind.drift.parameters);
    EXPECT_EQ(kind.observe.inputs, 1);
    EXPECT_EQ(kind.observe.outputs, 1);
    EXPECT_TRUE(is_lower_snake(kind.modality));
    EXPECT_FALSE(kind.unit.empty());
    EXPECT_GT(kind.memory, 0);
  }
}

TEST(EveryLearner, DescribesItsFieldsAndSignals) {
  for (const LearnerKind& kind : catalogue().learners) {
    SCOPED_TRACE(kind.name);
    check_fields(kind.parameters, static_cast<int>(kind.parameters.size()));
    EXPECT_GT(kind.prior_source.size(), 10u);
    std::set<std::string_view> names;
    for (const SignalSpec& signal : kind.signals) {
      EXPECT_TRUE(is_lower_snake(signal.name)) << signal.name;
      EXPECT_TRUE(names.insert(signal.name).second) << signal.name << " stands twice";
      EXPECT_TRUE(dimension_of(signal.unit).has_value()) << signal.unit;
      EXPECT_FALSE(signal.symbol.empty()) << signal.name;
      EXPECT_GT(signal.meaning.size(), 3u) << signal.name;
      // "value.initial" is the name of a parameter, "value.value" that of a signal.
      for (const FieldSpec& field : kind.parameters) EXPECT_NE(field.name, signal.name);
    }
    ASSERT_FALSE(kind.signals.empty());
    EXPECT_EQ(kind.signals[0].name, "value") << "what is expected comes first";
    EXPECT_TRUE(kind.signals[0].precedes_outcome);
    EXPECT_TRUE(names.contains("prediction_error"));
  }
}

}  // namespace
}  // namespace insula
