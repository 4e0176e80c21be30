// SPDX-License-Identifier: Apache-2.0
// The one place that knows yaml-cpp. Its events, not its nodes, are read: nodes forget anchors,
// tags and duplicate keys.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

#include "framework/base/path.h"
#include "framework/config/detail/source.h"
#include "framework/config/node.h"

namespace insula::config {
namespace {

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const Source& source, Mistakes& mistakes) : source_(source), mistakes_(mistakes) {}

  Node root() const { return root_; }

  // False once the only document that a file may hold is over.
  bool expects_more() const { return documents_ < 2; }

  // yaml-cpp does not step over a character that starts no value, such as ',', and calls it the
  // start of one document after another.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) {
      mistakes_.add(place(mark),
                    mark.pos == document_start_
                        ? "this is not YAML: no value starts like this"
                        : "a second document starts here, but a file holds one");
    }
    document_start_ = mark.pos;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    Node::Data data;
    data.kind = Node::Kind::null;
    data.place = null_place(mark);
    add(std::move(data));
  }

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t,
                const std::string& value) override {
    if (source_.has_open_quote(mark.line, mark.column)) {
      mistakes_.add(place(mark), "this quote is never closed");
    }
    Node::Data data;
    data.kind = Node::Kind::scalar;
    data.place =
        source_.place(mark.line, mark.column, source_.scalar_width(mark.line, mark.column, value));
    data.scalar = value;
    data.quoted = tag == kQuoted;
    refuse_tag(mark, tag);
    add(std::move(data));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases are not read", "write the value out where it is needed");
    add({});
  }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    refuse(mark, "anchors are not read", "write the value out where it is needed");
  }

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(Node::Kind::list, mark);
  }
  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(Node::Kind::map, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  // What yaml-cpp says in place of a tag when none is written.
  static constexpr std::string_view kPlain = "?";
  static constexpr std::string_view kQuoted = "!";

  // A list or mapping that is being read; a mapping's key waits here for its value.
  struct Open {
    Node::Data data;
    Entry entry;
    bool has_key = false;
  };

  Place place(const YAML::Mark& mark) const { return source_.place(mark.line, mark.column); }

  // yaml-cpp marks an empty value at the token after it, which may be lines below; its key is the
  // better place.
  Place null_place(const YAML::Mark& mark) const {
    const std::string text = source_.from(mark.line, mark.column);
    for (const char* word : {"~", "null", "Null", "NULL"}) {
      if (text.starts_with(word)) {
        return source_.place(mark.line, mark.column, character_count(word));
      }
    }
    if (open_.empty()) return place(mark);
    return open_.back().has_key ? open_.back().entry.key_place : open_.back().data.place;
  }

  void refuse(const YAML::Mark& mark, const std::string& message, const std::string& note) {
    const std::string text = source_.from(mark.line, mark.column);
    const std::string word = text.substr(0, text.find_first_of(" ,]}"));
    mistakes_.add(source_.place(mark.line, mark.column, character_count(word)), message, note);
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == kPlain || tag == kQuoted) return;
    refuse(mark, "tags are not read", "remove the word that starts with '!'");
  }

  void open(Node::Kind kind, const YAML::Mark& mark) {
    Open opened;
    opened.data.kind = kind;
    opened.data.place = place(mark);
    open_.push_back(std::move(opened));
  }

  void close() {
    Node::Data data = std::move(open_.back().data);
    open_.pop_back();
    add(std::move(data));
  }

  // Puts a finished node where it belongs: the root, an item, a key or the value of the last key.
  void add(Node::Data data) {
    if (open_.empty()) {
      if (documents_ == 1) root_ = Node(std::make_shared<const Node::Data>(std::move(data)));
      return;
    }
    Open& parent = open_.back();
    if (parent.data.kind == Node::Kind::map && !parent.has_key) {
      add_key(parent, data);
      return;
    }
    Node node(std::make_shared<const Node::Data>(std::move(data)));
    if (parent.data.kind == Node::Kind::list) {
      parent.data.items.push_back(std::move(node));
    } else {
      parent.entry.value = std::move(node);
      parent.data.entries.push_back(std::move(parent.entry));
      parent.entry = {};
      parent.has_key = false;
    }
  }

  void add_key(Open& parent, const Node::Data& data) {
    parent.has_key = true;
    parent.entry.key = data.scalar;
    parent.entry.key_place = data.place;
    if (data.kind != Node::Kind::scalar) {
      mistakes_.add(data.place, "a key is a word, and this is none");
      return;
    }
    if (data.scalar == "<<" && !data.quoted) {
      mistakes_.add(data.place, "merge keys are not read", "write the keys out");
      return;
    }
    for (const Entry& entry : parent.data.entries) {
      if (entry.key != data.scalar) continue;
      mistakes_.add(data.place,
                    "the key '" + data.scalar + "' stands twice in one mapping",
                    "it stands first on line " + std::to_string(entry.key_place.line));
      return;
    }
  }

  const Source& source_;
  Mistakes& mistakes_;
  std::vector<Open> open_;
  Node root_;
  int documents_ = 0;
  int document_start_ = 0;
};

// What often lies behind yaml-cpp's words.
std::string remedy(std::string_view message) {
  if (message == YAML::ErrorMsg::MAP_VALUE) return "a text that holds ': ' needs quotes";
  if (message == YAML::ErrorMsg::UNKNOWN_TOKEN) {
    return "a text that starts with %, @ or ` needs quotes; tabs do not indent";
  }
  return "";
}

Node empty_document(const Source& source) {
  auto data = std::make_shared<Node::Data>();
  data->kind = Node::Kind::null;
  data->place = source.place(0, 0);
  return Node(std::move(data));
}

}  // namespace

Node parse_text(const std::string& text, const std::string& shown_as) {
  const Source source(shown_as, text);
  Mistakes mistakes;
  source.check_characters(mistakes);
  mistakes.throw_if_any();
  TreeBuilder builder(source, mistakes);
  try {
    std::istringstream stream(source.text());
    YAML::Parser parser(stream);
    while (builder.expects_more() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    mistakes.add(source.place(error.mark.line, error.mark.column),
                 "this is not YAML: " + error.msg,
                 remedy(error.msg));
  }
  mistakes.throw_if_any();
  return builder.root().is_missing() ? empty_document(source) : builder.root();
}

Node parse_file(const std::string& path, const std::string& shown_as) {
  const Place file{shown_as.empty() ? path : shown_as, 0, 0, 0, {}};
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status)) {
    throw InputError(file, "the file does not exist", near_file_hint(path), ExitCode::no_input);
  }
  if (std::filesystem::is_directory(status)) {
    throw InputError(file, "this is a folder, not a file", {}, ExitCode::no_input);
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream || stream.bad()) {
    throw InputError(file, "the file cannot be read", {}, ExitCode::no_input);
  }
  return parse_text(text, file.file);
}

}  // namespace insula::config
