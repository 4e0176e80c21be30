// SPDX-License-Identifier: Apache-2.0
#include "framework/base/outcome.h"

#include "framework/base/text.h"

namespace insula {
namespace {

std::string_view verdict(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::finished: return "finished";
    case Outcome::Kind::diverged: return "diverged";
    case Outcome::Kind::stiff: return "needs too small a step";
    case Outcome::Kind::impossible: return "gives no density to ";
    case Outcome::Kind::unsettled: return "reaches no stable equilibrium";
  }
  return "";
}

}  // namespace

std::string to_text(const Outcome& outcome) {
  std::string text(verdict(outcome.kind));
  if (outcome.finished()) return text;
  if (outcome.kind == Outcome::Kind::impossible) return text + outcome.where;
  if (!outcome.where.empty()) text += " in " + outcome.where;
  if (outcome.kind != Outcome::Kind::unsettled)
    text += " at " + short_number(outcome.time, 6) + " s";
  if (!outcome.run.empty()) text += " of " + outcome.run;
  return text;
}

}  // namespace insula
