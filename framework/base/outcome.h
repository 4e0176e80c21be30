// SPDX-License-Identifier: Apache-2.0
// How a run of a model ended. A run that diverges is a result with a reason, not an exception.
#pragma once

#include <string>

namespace insula {

struct Outcome {
  enum class Kind {
    finished,
    diverged,    // a state left every plausible range
    stiff,       // the step that accuracy needs is too small to be worth taking
    impossible,  // a datum has no density under the model; `where` says which, `time` means nothing
    unsettled,   // no stable equilibrium is reached; `time` means nothing
  };
  Kind kind = Kind::finished;
  std::string where;  // what is at fault, e.g. "V5", "bold of V5" or "V5 on trial 3"
  double time = 0;    // s, from the start of the run
  std::string run;    // which run, filled by whoever knows

  bool finished() const { return kind == Kind::finished; }
};

/// "diverged in V5 at 12.4 s", "needs too small a step in V5 at 12.4 s", "finished", "gives no
/// density to choice of decision, datum 3 of 20", "reaches no stable equilibrium in V5 on trial 3".
std::string to_text(const Outcome& outcome);

}  // namespace insula
