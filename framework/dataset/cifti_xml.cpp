// SPDX-License-Identifier: Apache-2.0
// The XML in which CIFTI says what its rows and columns are.
#include <expat.h>

#include <cmath>
#include <cstdlib>
#include <memory>

#include "framework/base/quantity.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/images.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kMostIndices = 100'000'000;

using Attributes = std::map<std::string, std::string>;

std::size_t whole_number(const std::string& text) {
  const auto number = parse_number(text);
  const bool is_whole = number && *number >= 0 && *number <= 1e9 && *number == std::floor(*number);
  return is_whole ? static_cast<std::size_t>(*number) : 0;
}

// What has been read so far; expat calls back, so nothing may be thrown.
struct CiftiReading {
  std::vector<std::pair<std::string, CiftiMap>> maps;  // with the dimensions they apply to
  std::string text;
  std::string version;
  int label = 0;
  std::size_t named_maps = 0;

  CiftiMap* map() { return maps.empty() ? nullptr : &maps.back().second; }

  void begin(const std::string& name, Attributes attributes) {
    text.clear();
    if (name == "CIFTI") version = attributes["Version"];
    if (name == "MatrixIndicesMap") begin_map(attributes);
    if (map() == nullptr) return;
    if (name == "BrainModel")
      map()->models.push_back({attributes["BrainStructure"],
                               attributes["ModelType"] == "CIFTI_MODEL_TYPE_SURFACE",
                               whole_number(attributes["IndexOffset"]),
                               whole_number(attributes["IndexCount"]),
                               whole_number(attributes["SurfaceNumberOfVertices"]),
                               {}});
    if (name == "Volume") map()->volume = attributes["VolumeDimensions"];
    if (name == "Parcel") map()->parcels.push_back(attributes["Name"]);
    if (name == "NamedMap") ++named_maps;
    if (name == "Label") label = std::atoi(attributes["Key"].c_str());
  }

  void end(const std::string& name) {
    if (map() == nullptr) return;
    if (name == "Label" && named_maps == 1) map()->labels[label] = text;
    const bool has_indices = name == "VertexIndices" || name == "VoxelIndicesIJK";
    if (has_indices && !map()->models.empty() && map()->parcels.empty()) read_indices();
  }

 private:
  void begin_map(Attributes& attributes) {
    CiftiMap made;
    made.kind = attributes["IndicesMapToDataType"];
    made.points = whole_number(attributes["NumberOfSeriesPoints"]);
    const auto step = parse_number(attributes["SeriesStep"]);
    const auto exponent = parse_number(attributes["SeriesExponent"]);
    if (step && attributes["SeriesUnit"] == "SECOND" && std::abs(exponent.value_or(0)) < 30)
      made.step = *step * std::pow(10, exponent.value_or(0));
    maps.emplace_back(attributes["AppliesToMatrixDimension"], std::move(made));
    named_maps = 0;
  }

  void read_indices() {
    std::vector<long>& indices = map()->models.back().indices;
    const char* at = text.c_str();
    char* end = nullptr;
    while (indices.size() < kMostIndices) {
      const long index = std::strtol(at, &end, 10);
      if (end == at) break;
      indices.push_back(index);
      at = end;
    }
  }
};

void begin_element(void* data, const XML_Char* name, const XML_Char** attributes) noexcept {
  Attributes read;
  for (; *attributes != nullptr; attributes += 2) read[attributes[0]] = attributes[1];
  static_cast<CiftiReading*>(data)->begin(name, std::move(read));
}

void end_element(void* data, const XML_Char* name) noexcept {
  static_cast<CiftiReading*>(data)->end(name);
}

void add_text(void* data, const XML_Char* text, int size) noexcept {
  static_cast<CiftiReading*>(data)->text.append(text, static_cast<std::size_t>(size));
}

}  // namespace

std::pair<CiftiMap, CiftiMap> read_cifti_xml(const std::string& xml, const std::string& path) {
  CiftiReading reading;
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                       XML_ParserFree);
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), begin_element, end_element);
  XML_SetCharacterDataHandler(parser.get(), add_text);
  const bool is_small = xml.size() < (std::size_t{1} << 30);
  if (!is_small ||
      XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), 1) != XML_STATUS_OK)
    refuse_array(path,
                 std::string("the XML of the CIFTI file is broken: ") +
                     XML_ErrorString(XML_GetErrorCode(parser.get())) + " in its line " +
                     std::to_string(XML_GetCurrentLineNumber(parser.get())),
                 "copy or make it again");
  if (!reading.version.starts_with("2"))
    refuse_array(path,
                 "the file is of CIFTI version '" + reading.version + "', expected 2",
                 "wb_command -file-convert -cifti-version-convert OLD 2 NEW makes one");
  std::pair<CiftiMap, CiftiMap> both;
  bool has_row = false, has_column = false;
  for (auto& [dimensions, map] : reading.maps) {
    if (dimensions.find('0') != std::string::npos) {
      both.first = map;
      has_row = true;
    }
    if (dimensions.find('1') != std::string::npos) {
      both.second = map;
      has_column = true;
    }
  }
  if (!has_row || !has_column || reading.maps.size() > 2)
    refuse_array(path, "the CIFTI file does not say what its two dimensions are");
  return both;
}

}  // namespace insula::dataset::detail
