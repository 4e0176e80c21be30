// SPDX-License-Identifier: Apache-2.0
// GIFTI: series and labels of the vertices of a surface, in XML.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

#include "framework/base/quantity.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/images.h"
#include "framework/dataset/detail/number_type.h"
#include "framework/dataset/detail/xml.h"
#include "framework/dataset/file.h"

namespace insula::dataset::detail {
namespace {

// What deflate can make of a byte, as in hdf5.cpp.
constexpr std::size_t kMostOfDeflate = 1032;

struct GiftiArray {
  std::vector<std::size_t> shape;
  bool is_by_column = false;  // the first index is the fastest
  std::vector<double> numbers;
};

struct GiftiImage {
  std::vector<GiftiArray> arrays;
  std::map<int, std::string> labels;
  double step = 0;  // s; 0: not said
  std::string structure;
};

// The bytes that base64 stands for; nothing if it is none.
std::optional<std::string> of_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    std::uint32_t six = 0;
    if (c >= 'A' && c <= 'Z')
      six = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      six = static_cast<std::uint32_t>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      six = static_cast<std::uint32_t>(c - '0') + 52;
    else if (c == '+' || c == '/')
      six = c == '+' ? 62 : 63;
    else if (c == '=' || c == ' ' || c == '\n' || c == '\r' || c == '\t')
      continue;
    else
      return std::nullopt;
    bits = bits << 6 | six;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255);
  }
  return bytes;
}

const char* type_name(const std::string& type) {
  const std::array<std::pair<const char*, const char*>, 8> known{{{"NIFTI_TYPE_UINT8", "u1"},
                                                                  {"NIFTI_TYPE_INT8", "i1"},
                                                                  {"NIFTI_TYPE_INT16", "i2"},
                                                                  {"NIFTI_TYPE_UINT16", "u2"},
                                                                  {"NIFTI_TYPE_INT32", "i4"},
                                                                  {"NIFTI_TYPE_UINT32", "u4"},
                                                                  {"NIFTI_TYPE_FLOAT32", "f4"},
                                                                  {"NIFTI_TYPE_FLOAT64", "f8"}}};
  for (const auto& [theirs, ours] : known)
    if (type == theirs) return ours;
  return nullptr;
}

class GiftiReader {
 public:
  explicit GiftiReader(const std::string& path) : path_(path) {}

  GiftiImage read() {
    const MappedFile file(path_);
    size_ = file.bytes().size();
    read_xml(file.bytes(),
             {[this](const std::string& name, const XmlAttributes& attributes) {
                begin(name, attributes);
              },
              [this](const std::string& name, std::string& text) { end(name, text); }},
             path_,
             "the GIFTI file");
    if (!is_gifti_ || image_.arrays.empty())
      refuse_array(path_, "the file is no GIFTI file with an array", "copy or make it again");
    return std::move(image_);
  }

 private:
  void begin(const std::string& name, const XmlAttributes& attributes) {
    if (name == "GIFTI") is_gifti_ = true;
    if (name == "Label") label_ = std::atoi(text_in(attributes, "Key").c_str());
    if (name != "DataArray") return;
    attributes_ = attributes;
    GiftiArray array;
    const std::size_t dimensions = whole_number_in(attributes, "Dimensionality");
    for (std::size_t d = 0; d < std::min<std::size_t>(dimensions, 6); ++d)
      array.shape.push_back(whole_number_in(attributes, "Dim" + std::to_string(d)));
    const std::optional<std::size_t> count = count_of(array.shape);
    if (array.shape.empty() || array.shape.size() > 2 || !count || *count == 0)
      refuse_array(path_,
                   "an array of the GIFTI file is " + shape_text(array.shape) +
                       ", expected one or two extents above 0");
    if (*count > size_ * kMostOfDeflate)
      refuse_array(path_,
                   "an array of the GIFTI file is said to be " + shape_text(array.shape) +
                       ", but the file has " + std::to_string(size_) + " bytes",
                   "was it copied to its end?");
    array.is_by_column = text_in(attributes, "ArrayIndexingOrder") == "ColumnMajorOrder";
    image_.arrays.push_back(std::move(array));
  }

  void end(const std::string& name, std::string& text) {
    if (name == "Label") image_.labels[label_] = text;
    if (name == "Name") meta_ = text;
    if (name == "Value" && meta_ == "TimeStep" && image_.step == 0) {
      const auto number = parse_number(text);
      if (number && *number > 0) image_.step = *number / 1000;  // ms
    }
    if (name == "Value" && meta_ == "AnatomicalStructurePrimary") image_.structure = text;
    if (name == "Data" && !image_.arrays.empty()) read_data(text, image_.arrays.back());
    if (name == "DataArray" && image_.arrays.back().numbers.empty())
      refuse_array(path_, "an array of the GIFTI file holds no numbers");
  }

  void read_data(const std::string& text, GiftiArray& array) {
    const std::string encoding = text_in(attributes_, "Encoding");
    if (encoding == "ExternalFileBinary" || !text_in(attributes_, "ExternalFileName").empty())
      refuse_array(path_,
                   "the GIFTI file keeps its numbers in another file",
                   "nibabel.save(nibabel.load(OLD), NEW) makes one file of them");
    const std::string type = text_in(attributes_, "DataType");
    const char* ours = type_name(type);
    if (ours == nullptr)
      refuse_array(path_,
                   "the GIFTI file holds numbers of the type '" + type +
                       "', expected floats, or integers of up to 32 bits");
    const std::size_t count = *count_of(array.shape);
    if (encoding == "ASCII") return read_texts(text, count, array);
    const bool is_packed = encoding == "GZipBase64Binary";
    if (!is_packed && encoding != "Base64Binary")
      refuse_array(path_, "the GIFTI file has the encoding '" + encoding + "', which is unknown");
    const NumberType& number = *number_type(ours, text_in(attributes_, "Endian") == "BigEndian");
    std::optional<std::string> bytes;
    if (count <= text.size() * kMostOfDeflate / number.size) bytes = of_base64(text);
    if (bytes && is_packed) bytes = unpacked(*bytes, count * number.size);
    if (!bytes || bytes->size() != count * number.size)
      refuse_array(path_,
                   "an array of the GIFTI file is damaged: it does not hold the " +
                       std::to_string(count) + " numbers that it says",
                   "copy or make it again");
    array.numbers.resize(count);
    number.to_double(bytes->data(), count, array.numbers.data(), 1);
  }

  static std::optional<std::string> unpacked(const std::string& packed, std::size_t size) {
    std::string bytes(size, '\0');
    uLongf held = size;
    const bool is_good = uncompress(reinterpret_cast<Bytef*>(bytes.data()),
                                    &held,
                                    reinterpret_cast<const Bytef*>(packed.data()),
                                    packed.size()) == Z_OK;
    if (!is_good || held != size) return std::nullopt;
    return bytes;
  }

  void read_texts(const std::string& text, std::size_t count, GiftiArray& array) {
    const char* at = text.c_str();
    char* after = nullptr;
    for (std::size_t i = 0; i < count; ++i) {
      array.numbers.push_back(std::strtod(at, &after));
      if (after == at)
        refuse_array(path_,
                     "an array of the GIFTI file ends after " + std::to_string(i) + " of " +
                         std::to_string(count) + " numbers");
      at = after;
    }
  }

  const std::string& path_;
  std::size_t size_ = 0;
  GiftiImage image_;
  XmlAttributes attributes_;  // of the array
  std::string meta_;          // the name of what is said next
  int label_ = 0;
  bool is_gifti_ = false;
};

}  // namespace

ImageSource surface_of(const std::string& path) {
  const auto image = std::make_shared<const GiftiImage>(GiftiReader(path).read());
  const GiftiArray& first = image->arrays.front();
  ImageSource source;
  source.places = first.shape[0];
  const bool is_matrix = image->arrays.size() == 1 && first.shape.size() == 2;
  source.times = is_matrix ? first.shape[1] : image->arrays.size();
  source.interval = image->step;
  source.structure = image->structure;
  for (const GiftiArray& array : image->arrays)
    if (array.shape[0] != source.places ||
        (!is_matrix && array.shape.size() == 2 && array.shape[1] != 1))
      refuse_array(path, "the arrays of the GIFTI file are not each one time of all vertices");
  const auto time = std::make_shared<std::size_t>(0);
  source.restart = [time] { *time = 0; };
  source.next = [=](std::span<double> out) {
    const std::size_t t = (*time)++;
    const GiftiArray& array = image->arrays[is_matrix ? 0 : t];
    for (std::size_t v = 0; v < out.size(); ++v) {
      const std::size_t at = !is_matrix           ? v
                             : array.is_by_column ? t * source.places + v
                                                  : v * source.times + t;
      out[v] = array.numbers[at];
    }
  };
  return source;
}

PlaceLabels labels_of_surface(const std::string& atlas, const ImageSource& image) {
  GiftiImage file = GiftiReader(atlas).read();
  const std::size_t vertices = file.arrays.front().shape[0];
  if (vertices != image.places)
    refuse_array(atlas,
                 "the labels are of " + std::to_string(vertices) + " vertices, but the image has " +
                     std::to_string(image.places),
                 "both must be of one surface: wb_command -label-resample makes them so");
  if (!file.structure.empty() && !image.structure.empty() && file.structure != image.structure)
    refuse_array(atlas,
                 "the labels are of " + file.structure + ", but the image is of " + image.structure,
                 "name the labels of the image's hemisphere");
  if (file.arrays.front().numbers.size() != vertices)
    refuse_array(atlas, "the labels are not one for each vertex");
  return {std::move(file.arrays.front().numbers), std::move(file.labels)};
}

}  // namespace insula::dataset::detail
