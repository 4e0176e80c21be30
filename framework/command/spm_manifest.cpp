// SPDX-License-Identifier: Apache-2.0
#include "framework/command/spm_manifest.h"

#include <algorithm>

#include "framework/base/text.h"

namespace insula::command {
namespace {

using dataset::SpmDcm;

std::string matrix_table(const std::vector<std::string>& columns, const Eigen::MatrixXd& rows) {
  std::string text = join(columns, "\t") + "\n";
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    for (Eigen::Index k = 0; k < rows.cols(); ++k)
      text += (k > 0 ? "\t" : "") + number_text(rows(i, k));
    text += "\n";
  }
  return text;
}

std::string in_seconds(double value) { return number_text(value) + " s"; }

std::string delay_text(const SpmDcm& dcm, const SpmNames& names) {
  if (std::ranges::count(dcm.delays, dcm.delays.front()) ==
      static_cast<std::ptrdiff_t>(dcm.delays.size()))
    return in_seconds(dcm.delays.front());
  std::vector<std::string> each;
  for (std::size_t r = 0; r < names.regions.size(); ++r)
    each.push_back(names.regions[r] + ": " + in_seconds(dcm.delays[r]));
  return "{" + join(each, ", ") + "}";
}

std::string run_entry(const SpmRunTables& run, const SpmNames& names) {
  const SpmDcm& dcm = *run.dcm;
  const double duration = static_cast<double>(dcm.samples.rows()) * dcm.scan_interval;
  const bool has_inputs = dcm.signals.cols() > 0;
  return "      - id: " + run.id + "\n        duration: " + in_seconds(duration) +
         (has_inputs ? "\n        inputs:\n          file: " + run.prefix +
                           "inputs.tsv\n          interval: " + in_seconds(dcm.bin) +
                           "\n          columns: [" + join(names.inputs, ", ") + "]"
                     : "") +
         "\n        recordings:\n          bold:\n            modality: bold\n            file: " +
         run.prefix + "bold.tsv\n            interval: " + in_seconds(dcm.scan_interval) +
         "\n            unit: a.u.\n            delay: " + delay_text(dcm, names) +
         "\n            channels: [" + join(names.regions, ", ") + "]\n" +
         (dcm.confounds.cols() == 0
              ? ""
              : "            confounds: {file: " + run.prefix + "confounds.tsv}\n");
}

}  // namespace

std::vector<ProjectFile> spm_dataset(const std::string& name,
                                     const std::string& origin,
                                     const SpmNames& names,
                                     const std::vector<SpmSubjectTables>& subjects) {
  std::vector<ProjectFile> files;
  std::string manifest = "# " + origin + "\ninsula: dataset/1\nname: " + name + "\nsubjects:\n";
  for (const SpmSubjectTables& subject : subjects) {
    manifest += "  - id: " + subject.id + "\n    runs:\n";
    for (const SpmRunTables& run : subject.runs) {
      const SpmDcm& dcm = *run.dcm;
      manifest += run_entry(run, names);
      files.push_back({run.prefix + "bold.tsv", matrix_table(names.regions, dcm.samples)});
      if (dcm.signals.cols() > 0)
        files.push_back({run.prefix + "inputs.tsv", matrix_table(names.inputs, dcm.signals)});
      if (dcm.confounds.cols() == 0) continue;
      std::vector<std::string> columns;
      for (Eigen::Index k = 0; k < dcm.confounds.cols(); ++k)
        columns.push_back("x" + std::to_string(k));
      files.push_back({run.prefix + "confounds.tsv", matrix_table(columns, dcm.confounds)});
    }
  }
  files.push_back({"dataset.yaml", manifest});
  return files;
}

}  // namespace insula::command
