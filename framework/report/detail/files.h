// SPDX-License-Identifier: Apache-2.0
// The files of a results folder, one pair of functions each. Readers take the file's path to name
// it in errors.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/error.h"
#include "framework/report/results.h"

namespace insula::report {

/// What summary.json remembers of a file beside it: if either differs, the file is another one.
struct Checksum {
  std::uint64_t bytes = 0;
  std::uint32_t crc32 = 0;  // as zlib and gzip compute it
  friend bool operator==(const Checksum&, const Checksum&) = default;
};
using Checksums = std::map<std::string, Checksum>;

inline constexpr const char* kRunAgain = "run the experiment again to write the folder anew";
/// Throws InputError about the file as a whole.
[[noreturn]] void refuse(const std::string& path,
                         const std::string& message,
                         const std::string& note = {},
                         ExitCode code = ExitCode::data);

/// All of a file. errors  InputError if it cannot be read
std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view text);
Checksum checksum(std::string_view bytes);

/// Keys in a fixed order; numbers read back exactly; NaN is null; infinities are "inf" and "-inf".
/// Bytes that are not UTF-8 become U+FFFD.
std::string to_summary_json(const Results& results, const Checksums& checksums);
Results from_summary_json(std::string_view text, const std::string& path, Checksums& checksums);

/// Tab-separated, one header line; NaN is n/a; numbers by shortest round trip. In texts, tab, line
/// feed, carriage return and backslash are written \t, \n, \r and \\ .
std::string to_tsv(const std::vector<ScoreRow>& rows);
std::string to_tsv(const std::vector<ComparisonRow>& rows);
std::string to_tsv(const std::vector<ParameterRow>& rows);
std::string to_tsv(const std::vector<CheckRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<ScoreRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<ComparisonRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<ParameterRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<CheckRow>& rows);
std::string to_tsv(const std::vector<AblationRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<AblationRow>& rows);
std::string to_tsv(const std::vector<StressRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<StressRow>& rows);
std::string to_tsv(const std::vector<InterventionRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<InterventionRow>& rows);
std::string to_tsv(const std::vector<RasterRow>& rows);
std::string to_tsv(const std::vector<GroupRow>& rows);
std::string to_tsv(const std::vector<TestRow>& rows);
std::string to_tsv(const std::vector<PartitionRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<PartitionRow>& rows);
std::string to_tsv(const std::vector<RdmRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<RdmRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<RasterRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<GroupRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<TestRow>& rows);
std::string to_tsv(const std::vector<RecoveryRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<RecoveryRow>& rows);
std::string to_tsv(const std::vector<ModelRecoveryRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<ModelRecoveryRow>& rows);
std::string to_tsv(const std::vector<CalibrationRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<CalibrationRow>& rows);
std::string to_tsv(const std::vector<RecoveryFitRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<RecoveryFitRow>& rows);
std::string to_tsv(const std::vector<RecoveryValueRow>& rows);
void from_tsv(std::string_view text, const std::string& path, std::vector<RecoveryValueRow>& rows);

/// The layout stands in results.h. In group names, '/', '.', '%' and control characters are
/// percent-encoded (a slash would make a sub-group). The same values give the same bytes.
void write_predictions(const std::vector<PredictionBlock>& blocks, const std::string& path);
std::vector<PredictionBlock> read_predictions(const std::string& path);
void write_posteriors(const std::vector<Posterior>& posteriors, const std::string& path);
std::vector<Posterior> read_posteriors(const std::string& path);
void write_interventions(const std::vector<InterventionCourse>& courses, const std::string& path);
std::vector<InterventionCourse> read_interventions(const std::string& path);

}  // namespace insula::report
