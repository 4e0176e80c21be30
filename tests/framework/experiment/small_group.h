// SPDX-License-Identifier: Apache-2.0
// People whose response times follow their age and diagnosis.
#pragma once

#include "tests/framework/dataset/folder.h"

namespace insula::experiment::test {

inline constexpr int kSubjects = 24;
inline constexpr double kPerAge = 0.1;       // of ln(response time) a year
inline constexpr double kOfPatients = 0.25;  // of ln(response time) against controls
inline constexpr double kMean =
    -0.5;  // of ln(response time) at 40 years, over controls and patients

struct TrueEffects {
  double per_age = kPerAge, of_patients = kOfPatients;
};

double age_of(int subject);
bool is_patient(int subject);

/// Log-normal response times whose location follows age and group, "trials.tsv",
/// "participants.tsv", "dataset.yaml" and the architecture "times.yaml". The others' ages and
/// groups stand in rows of their own.
void write_times(const dataset::Folder& folder, const TrueEffects& truth);

}  // namespace insula::experiment::test
