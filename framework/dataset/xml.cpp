// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/xml.h"

#include <expat.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>

#include "framework/base/quantity.h"
#include "framework/dataset/detail/array_source.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kXmlBytesAtOnce = 1 << 24;

// Exceptions must not pass through Expat: the first one is kept, and the parser stopped.
struct XmlParsing {
  const XmlReader& reader;
  XML_Parser parser;
  std::string text;
  std::exception_ptr thrown;

  template <typename Work>
  void guarded(const Work& work) noexcept {
    if (thrown) return;
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
      XML_StopParser(parser, XML_FALSE);
    }
  }
};

void xml_begin(void* data, const XML_Char* name, const XML_Char** attributes) noexcept {
  auto& parsing = *static_cast<XmlParsing*>(data);
  parsing.guarded([&] {
    XmlAttributes read;
    for (; *attributes != nullptr; attributes += 2) read[attributes[0]] = attributes[1];
    parsing.text.clear();
    parsing.reader.begin(name, read);
  });
}

void xml_end(void* data, const XML_Char* name) noexcept {
  auto& parsing = *static_cast<XmlParsing*>(data);
  parsing.guarded([&] {
    parsing.reader.end(name, parsing.text);
    parsing.text.clear();
  });
}

void xml_text(void* data, const XML_Char* text, int size) noexcept {
  auto& parsing = *static_cast<XmlParsing*>(data);
  parsing.guarded([&] { parsing.text.append(text, static_cast<std::size_t>(size)); });
}

}  // namespace

void read_xml(std::string_view xml,
              const XmlReader& reader,
              const std::string& path,
              const std::string& what) {
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                       XML_ParserFree);
  XmlParsing parsing{reader, parser.get(), "", nullptr};
  XML_SetUserData(parser.get(), &parsing);
  XML_SetElementHandler(parser.get(), xml_begin, xml_end);
  XML_SetCharacterDataHandler(parser.get(), xml_text);
  bool is_good = true;
  do {
    const std::string_view part = xml.substr(0, kXmlBytesAtOnce);
    xml.remove_prefix(part.size());
    is_good =
        XML_Parse(parser.get(), part.data(), static_cast<int>(part.size()), xml.empty() ? 1 : 0) ==
        XML_STATUS_OK;
  } while (is_good && !xml.empty());
  if (parsing.thrown) std::rethrow_exception(parsing.thrown);
  if (!is_good)
    refuse_array(path,
                 what + " is broken XML: " + XML_ErrorString(XML_GetErrorCode(parser.get())) +
                     " in line " + std::to_string(XML_GetCurrentLineNumber(parser.get())),
                 "copy or make it again");
}

std::string text_in(const XmlAttributes& attributes, const std::string& name) {
  const auto it = attributes.find(name);
  return it == attributes.end() ? "" : it->second;
}

std::size_t whole_number_in(const XmlAttributes& attributes, const std::string& name) {
  const auto number = parse_number(text_in(attributes, name));
  const bool is_whole = number && *number >= 0 && *number <= 1e12 && *number == std::floor(*number);
  return is_whole ? static_cast<std::size_t>(*number) : 0;
}

}  // namespace insula::dataset::detail
