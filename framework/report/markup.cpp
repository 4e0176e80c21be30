// SPDX-License-Identifier: Apache-2.0
#include "framework/report/detail/markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/base/text.h"

namespace insula::report {
namespace {

std::string escape(std::string_view anyone) {
  std::string out;
  out.reserve(anyone.size());
  for (const char c : anyone) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
        out += control ? std::string("\xEF\xBF\xBD") : std::string(1, c);
      }
    }
  }
  return out;
}

/// source  RFC 3986, section 2.3: the characters that a URI may hold as they are
std::string percent_encode(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string with_true_minus(std::string number) {
  for (std::size_t at = number.find('-'); at != std::string::npos; at = number.find('-', at + 1)) {
    number.replace(at, 1, "\u2212");
  }
  return number;
}

}  // namespace

Html trusted(std::string code) {
  Html out;
  out.code_ = std::move(code);
  return out;
}

Html text(std::string_view anyone) { return trusted(escape(anyone)); }

Html element(std::string_view name, const std::vector<Attribute>& attributes, const Html& content) {
  std::string out = fmt::format("<{}", name);
  for (const Attribute& attribute : attributes) {
    out += fmt::format(" {}=\"{}\"", attribute.name, escape(attribute.value));
  }
  return trusted(fmt::format("{}>{}</{}>", out, content.code(), name));
}
Html element(std::string_view name, const Html& content) { return element(name, {}, content); }
Html element(std::string_view name, std::string_view content) {
  return element(name, {}, text(content));
}

Html to_html(const Table& table) {
  const auto kind = [&table](std::size_t column) {
    const bool numeric = column < table.numeric.size() && table.numeric[column];
    return std::vector<Attribute>{{"class", numeric ? "number" : "words"}};
  };
  Html head;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    std::vector<Attribute> attributes = kind(i);
    attributes.push_back({"scope", "col"});
    head += element("th", attributes, text(table.header[i]));
  }
  Html body;
  for (const std::vector<Html>& row : table.rows) {
    Html cells;
    for (std::size_t i = 0; i < row.size(); ++i) cells += element("td", kind(i), row[i]);
    if (row.size() == 1 && table.header.size() > 1) {
      const std::string all = std::to_string(table.header.size());
      cells = element("th", {{"class", "group"}, {"scope", "rowgroup"}, {"colspan", all}}, row[0]);
    }
    body += element("tr", cells) + trusted("\n");
  }
  Html inside;
  if (!table.caption.empty()) inside += element("caption", table.caption);
  inside += element("thead", element("tr", head)) + element("tbody", body);
  return element("div", {{"class", "scroll"}, {"tabindex", "0"}}, element("table", inside));
}

Html two_lines(const Html& first, std::string_view second) {
  return second.empty() ? first : first + element("span", {{"class", "second"}}, text(second));
}

Html fold(std::string_view title, const Html& content) {
  return element("details", element("summary", title) + content);
}

Html data_link(const std::string& file, const std::string& bytes) {
  constexpr std::size_t kMost = 100'000;
  if (bytes.size() > kMost) {
    return element("a", {{"class", "data"}, {"href", percent_encode(file)}}, text(file));
  }
  return element(
      "a",
      {{"class", "data"},
       {"download", file},
       {"href", "data:text/tab-separated-values;charset=utf-8," + percent_encode(bytes)}},
      text("data (TSV)"));
}

std::string people(double value, int digits) {
  if (std::isnan(value)) return "–";
  const bool whole = std::abs(value) >= 1000 && std::abs(value) < 1e7;  // without an exponent
  return whole ? fixed(value, 0) : with_true_minus(short_number(value, digits));
}

std::string fixed(double value, int decimals) {
  if (std::isnan(value)) return "–";
  const double half_a_digit = 0.5 * std::pow(10.0, -decimals);  // no "−0.0"
  return with_true_minus(
      fmt::format("{:.{}f}", std::abs(value) < half_a_digit ? 0 : value, decimals));
}

std::string with_interval(double value, double low, double high) {
  if (std::isnan(value) || std::isnan(low) || std::isnan(high)) return people(value);
  return fmt::format("{} [{}, {}]", people(value), people(low), people(high));
}

std::string probability(double value) { return value < 0.001 ? "< 0.001" : people(value); }

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string fill(std::string_view page, const std::vector<Slot>& slots) {
  std::string out;
  while (true) {
    const std::size_t open = page.find("{{");
    out += page.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = page.find("}}", open);
    const std::string_view name = page.substr(open + 2, close - open - 2);
    const auto slot = std::find_if(
        slots.begin(), slots.end(), [&](const Slot& candidate) { return candidate.name == name; });
    if (slot == slots.end()) throw InternalError("the page has no value for " + std::string(name));
    out += slot->value;
    page.remove_prefix(close + 2);
  }
}

}  // namespace insula::report
