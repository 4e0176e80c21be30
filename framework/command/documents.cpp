// SPDX-License-Identifier: Apache-2.0
#include "framework/command/documents.h"

#include <array>
#include <utility>

#include "framework/base/text.h"
#include "framework/config/node.h"

namespace insula::command {

Document document_of(const std::string& path) {
  constexpr std::array kDocuments{
      Document::architecture, Document::dataset, Document::experiment, Document::simulation};
  const std::vector<std::string> names{"architecture", "dataset", "experiment", "simulation"};
  const config::Node root = config::parse_file(path);
  const config::Node kind = root["insula"];
  const std::string word = kind.scalar().substr(0, kind.scalar().find('/'));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (word == names[i]) return kDocuments[i];
  }
  if (!kind.is_scalar()) {
    throw InputError(root.place(),
                     "the file does not say which document it is",
                     "its first line is one of: insula: architecture/1, insula: dataset/1, insula: "
                     "experiment/1, insula: simulation/1");
  }
  throw InputError(kind.place(),
                   "there is no document '" + kind.scalar() + "'",
                   name_hint(word, names, "there are"));
}

}  // namespace insula::command
