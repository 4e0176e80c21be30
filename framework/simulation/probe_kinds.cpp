// SPDX-License-Identifier: Apache-2.0
// What a probe shows: a region's activity, or its integral since the start of the run. Not in the
// catalogue, because no recording shows them.
#include "framework/contract/kind.h"

namespace insula::simulation::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Activity {
  template <class T>
  using Parameters = Nothing<T>;
  template <class T>
  using State = Nothing<T>;
  template <class T>
  using Input = Observed<T>;
  template <class T>
  static T observe(const State<T>&, const Observed<T>& in, const Parameters<T>&) {
    return in.activity;
  }
};

struct Integral {
  template <class T>
  using Parameters = Nothing<T>;
  template <class T>
  using State = Accumulated<T>;
  template <class T>
  using Input = Observed<T>;
  template <class T>
  static State<T> drift(const State<T>&, const Observed<T>& in, const Parameters<T>&) {
    return {in.activity};
  }
  template <class T>
  static T observe(const State<T>& x, const Observed<T>&, const Parameters<T>&) {
    return x.integral;
  }
};

}  // namespace

extern const ObservationKind activity_probe, integral_probe;
constinit const ObservationKind activity_probe =
    observation_kind<Activity>("activity", {.modality = "", .unit = "1"}, "Activity itself.", "");
constinit const ObservationKind integral_probe = observation_kind<Integral>(
    "integral", {.modality = "", .unit = "s"}, "Activity since the start of the run.", "");

}  // namespace insula::simulation::INSULA_ISA
