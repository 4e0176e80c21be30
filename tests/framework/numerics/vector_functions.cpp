// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/numerics/vector_functions.h"

#include "framework/numerics/detail/pack_tables.h"
#include "framework/numerics/dual.h"

namespace insula::test::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

// One expression for every operator, in each order of number and constant, and every function.
template <class T>
T expression(int which, const T& a, const T& b) {
  switch (which) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a / b;
    case 4: return -a;
    case 5: return a + 2.5;
    case 6: return 2.5 + a;
    case 7: return a - 2.5;
    case 8: return 2.5 - a;
    case 9: return a * 2.5;
    case 10: return 2.5 * a;
    case 11: return a / 2.5;
    case 12: return 2.5 / a;
    case 13: return exp(a);
    case 14: return log(a);
    case 15: return tanh(a);
    case 16: return max(a, 0.5);
    case 17: return exp(a * b) / (1.0 + exp(-b)) - log(a) * tanh(b);
    default: return T(2.5);  // a constant
  }
}

template <class Function>
void each(std::size_t n, Function function) {
  for (std::size_t i = 0; i < n; i += kWidth) function(i);
}

void differentiate(int which, std::size_t n, const double* a, const double* b, double* out) {
  each(n, [&](std::size_t i) {
    Dual<2> x(0.0), y(0.0);
    x.v = Pack::load(a + i);
    y.v = Pack::load(b + i);
    x.d[0] = y.d[1] = Pack(1.0);
    const Dual<2> r = expression(which, x, y);
    r.v.store(out + i);
    r.d[0].store(out + n + i);
    r.d[1].store(out + 2 * n + i);
  });
}

void evaluate(int which, std::size_t n, const double* a, const double* b, double* out) {
  each(n, [&](std::size_t i) {
    expression(which, Pack::load(a + i), Pack::load(b + i)).store(out + i);
  });
}

unsigned depends(int which) {
  return static_cast<unsigned>(
      expression(which, Dependence(std::uint64_t{1}), Dependence(std::uint64_t{2})).on);
}

}  // namespace

extern const VectorFunctions functions;
const VectorFunctions functions{
    kWidth,
    [](std::size_t n, const double* x, double* out) {
      each(n, [&](std::size_t i) { exp(Pack::load(x + i)).store(out + i); });
    },
    [](std::size_t n, const double* x, double* out) {
      each(n, [&](std::size_t i) { log(Pack::load(x + i)).store(out + i); });
    },
    [](std::size_t n, const double* x, double* out) {
      each(n, [&](std::size_t i) { tanh(Pack::load(x + i)).store(out + i); });
    },
    [](std::size_t n, const double* x, double* out) {
      each(n, [&](std::size_t i) { max(Pack::load(x + i), 0.5).store(out + i); });
    },
    [](std::size_t n, const double* x, double* out) {
      each(n, [&](std::size_t i) { exponential(Pack::load(x + i)).value.store(out + i); });
    },
    [](std::size_t n, const double* x, double* out) {
      each(n, [&](std::size_t i) { exponential(Pack::load(x + i)).minus_one.store(out + i); });
    },
    [](std::size_t n, const double* x, double* out) {
      each(n, [&](std::size_t i) { half_log_over_two_pi(Pack::load(x + i)).store(out + i); });
    },
    19,
    differentiate,
    evaluate,
    depends};

}  // namespace insula::test::INSULA_ISA
