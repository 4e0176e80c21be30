// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/experiment/small_group.h"

#include <cmath>
#include <sstream>

#include "framework/base/random.h"

namespace insula::experiment::test {

double age_of(int s) { return 40 + 3 * std::sin(2.3 * s); }
bool is_patient(int s) { return s % 3 == 0; }

void write_times(const dataset::Folder& folder, const TrueEffects& truth) {
  std::ostringstream trials, people;
  trials.precision(17);
  people.precision(17);
  trials << "subject\trt\n";
  people << "participant_id\tage\tdx\tconstant\nzero\t90\tpatient\t1\n";
  Stream stream(4, "covariates");
  for (int s = kSubjects - 1; s >= 0; --s)
    people << "s" << s << '\t' << age_of(s) << '\t' << (is_patient(s) ? "patient" : "control")
           << "\t1\n";
  for (int s = 0; s < kSubjects; ++s) {
    const double location = kMean + truth.per_age * (age_of(s) - 40) +
                            (is_patient(s) ? 0.5 : -0.5) * truth.of_patients +
                            0.1 * stream.normal();
    for (int i = 0; i < 40; ++i)
      trials << "s" << s << '\t' << 0.2 + std::exp(location + 0.3 * stream.normal()) << '\n';
  }
  folder.write("trials.tsv", trials.str());
  folder.write("participants.tsv", people.str());
  folder.write("dataset.yaml", R"(insula: dataset/1
name: times
subjects: {file: trials.tsv, by: subject, trials: {response_time: rt}}
participants:
  file: participants.tsv
  columns: [age]
  factors: {group: {column: dx, levels: [control, patient]}}
)");
  folder.write("times.yaml", R"(insula: architecture/1
name: times
observations:
  decision: {kind: response_time, shift: []}
parameters:
  decision.shift: {fixed: 0.2 s}
)");
}

}  // namespace insula::experiment::test
