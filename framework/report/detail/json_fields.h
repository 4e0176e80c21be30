// SPDX-License-Identifier: Apache-2.0
// Values to JSON and back, by their field lists. Include it only where nlohmann/json is needed.
#pragma once

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "framework/report/detail/fields.h"

namespace insula::report {

using Json = nlohmann::ordered_json;

// Known before use: argument-dependent look-up does not look here for types of std.
template <class A, class B>
Json as_json(const std::pair<A, B>& x);
template <class T>
Json as_json(const std::vector<T>& x);
template <class A, class B>
void read_json(const Json& json, std::pair<A, B>& x);
template <class T>
void read_json(const Json& json, std::vector<T>& x);

inline Json as_json(const std::string& x) { return x; }
inline Json as_json(bool x) { return x; }
inline Json as_json(int x) { return x; }
inline Json as_json(std::uint64_t x) { return x; }
/// JSON knows no NaN and no infinities; null is the former, texts are the latter.
inline Json as_json(double x) {
  if (std::isnan(x)) return nullptr;
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  return x;
}

template <class T>
requires requires(const T& x) {
  fields([](const char*, const auto&) {}, x);
}
Json as_json(const T& x) {
  Json out = Json::object();
  fields([&out](const char* name, const auto& value) { out[name] = as_json(value); }, x);
  return out;
}

template <class A, class B>
Json as_json(const std::pair<A, B>& x) {
  return Json::array({as_json(x.first), as_json(x.second)});
}

template <class T>
Json as_json(const std::vector<T>& x) {
  Json out = Json::array();
  for (const T& item : x) out.push_back(as_json(item));
  return out;
}

inline void read_json(const Json& json, std::string& x) { x = json.get<std::string>(); }
inline void read_json(const Json& json, bool& x) { x = json.get<bool>(); }
inline void read_json(const Json& json, int& x) { x = json.get<int>(); }
inline void read_json(const Json& json, std::uint64_t& x) { x = json.get<std::uint64_t>(); }
inline void read_json(const Json& json, double& x) {
  if (json.is_null()) {
    x = kUnknown;
  } else if (json == "inf" || json == "-inf") {
    x = std::numeric_limits<double>::infinity() * (json == "inf" ? 1 : -1);
  } else {
    x = json.get<double>();
  }
}

template <class T>
requires requires(T& x) {
  fields([](const char*, auto&) {}, x);
}
void read_json(const Json& json, T& x) {
  fields([&json](const char* name, auto& value) { read_json(json.at(name), value); }, x);
}

template <class A, class B>
void read_json(const Json& json, std::pair<A, B>& x) {
  read_json(json.at(0), x.first);
  read_json(json.at(1), x.second);
}

template <class T>
void read_json(const Json& json, std::vector<T>& x) {
  if (!json.is_array()) throw Json::type_error::create(302, "a list was expected", &json);
  x.clear();
  for (const Json& item : json) read_json(item, x.emplace_back());
}

}  // namespace insula::report
