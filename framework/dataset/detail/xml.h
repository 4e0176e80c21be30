// SPDX-License-Identifier: Apache-2.0
// XML, element by element (Expat).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace insula::dataset::detail {

using XmlAttributes = std::map<std::string, std::string>;

struct XmlReader {
  std::function<void(const std::string& name, const XmlAttributes& attributes)> begin;
  /// With the text that stands in the element after its last child's end.
  std::function<void(const std::string& name, std::string& text)> end;
};

/// Hands every element over, in order; what the functions throw goes on to the caller. `what` is
/// what is broken where it is no XML ("the GIFTI file").
/// errors  InputError (data) with the line in the XML
void read_xml(std::string_view xml,
              const XmlReader& reader,
              const std::string& path,
              const std::string& what);

/// A whole number of at least 0 in an attribute; 0 if it is none.
std::size_t whole_number_in(const XmlAttributes& attributes, const std::string& name);
/// "" if there is none such.
std::string text_in(const XmlAttributes& attributes, const std::string& name);

}  // namespace insula::dataset::detail
