// SPDX-License-Identifier: Apache-2.0
// The XML in which CIFTI says what its rows and columns are.
#include <cmath>
#include <cstdlib>
#include <utility>

#include "framework/base/quantity.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/images.h"
#include "framework/dataset/detail/xml.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kMostIndices = 100'000'000;

// What has been read so far.
struct CiftiReading {
  std::vector<std::pair<std::string, CiftiMap>> maps;  // with the dimensions they apply to
  std::string version;
  int label = 0;
  std::size_t named_maps = 0;

  CiftiMap* map() { return maps.empty() ? nullptr : &maps.back().second; }

  void begin(const std::string& name, const XmlAttributes& attributes) {
    if (name == "CIFTI") version = text_in(attributes, "Version");
    if (name == "MatrixIndicesMap") begin_map(attributes);
    if (map() == nullptr) return;
    if (name == "BrainModel")
      map()->models.push_back({text_in(attributes, "BrainStructure"),
                               text_in(attributes, "ModelType") == "CIFTI_MODEL_TYPE_SURFACE",
                               whole_number_in(attributes, "IndexOffset"),
                               whole_number_in(attributes, "IndexCount"),
                               whole_number_in(attributes, "SurfaceNumberOfVertices"),
                               {}});
    if (name == "Volume") map()->volume = text_in(attributes, "VolumeDimensions");
    if (name == "Parcel") map()->parcels.push_back(text_in(attributes, "Name"));
    if (name == "NamedMap") ++named_maps;
    if (name == "Label") label = std::atoi(text_in(attributes, "Key").c_str());
  }

  void end(const std::string& name, const std::string& text) {
    if (map() == nullptr) return;
    if (name == "Label" && named_maps == 1) map()->labels[label] = text;
    const bool has_indices = name == "VertexIndices" || name == "VoxelIndicesIJK";
    if (has_indices && !map()->models.empty() && map()->parcels.empty()) read_indices(text);
  }

 private:
  void begin_map(const XmlAttributes& attributes) {
    CiftiMap made;
    made.kind = text_in(attributes, "IndicesMapToDataType");
    made.points = whole_number_in(attributes, "NumberOfSeriesPoints");
    const auto step = parse_number(text_in(attributes, "SeriesStep"));
    const auto exponent = parse_number(text_in(attributes, "SeriesExponent"));
    if (step && text_in(attributes, "SeriesUnit") == "SECOND" &&
        std::abs(exponent.value_or(0)) < 30)
      made.step = *step * std::pow(10, exponent.value_or(0));
    maps.emplace_back(text_in(attributes, "AppliesToMatrixDimension"), std::move(made));
    named_maps = 0;
  }

  void read_indices(const std::string& text) {
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

}  // namespace

std::pair<CiftiMap, CiftiMap> read_cifti_xml(const std::string& xml, const std::string& path) {
  CiftiReading reading;
  if (xml.empty()) refuse_array(path, "the file has nothing of CIFTI in its header");
  read_xml(xml,
           {[&](const std::string& name, const XmlAttributes& attributes) {
              reading.begin(name, attributes);
            },
            [&](const std::string& name, std::string& text) { reading.end(name, text); }},
           path,
           "what the CIFTI file says of itself");
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
