// SPDX-License-Identifier: Apache-2.0
// The routines of BLAS and LAPACK that dense.cpp calls, by precision. No other file includes it.
#pragma once

extern "C" {
// OpenBLAS: its own threads would add up in another order; ours call it from outside.
void openblas_set_num_threads(int threads);

void sgemm_(const char*,
            const char*,
            const int*,
            const int*,
            const int*,
            const float*,
            const float*,
            const int*,
            const float*,
            const int*,
            const float*,
            float*,
            const int*);
void ssyrk_(const char*,
            const char*,
            const int*,
            const int*,
            const float*,
            const float*,
            const int*,
            const float*,
            float*,
            const int*);
void strsm_(const char*,
            const char*,
            const char*,
            const char*,
            const int*,
            const int*,
            const float*,
            const float*,
            const int*,
            float*,
            const int*);
void spotrf_(const char*, const int*, float*, const int*, int*);
void ssytrd_(
    const char*, const int*, float*, const int*, float*, float*, float*, float*, const int*, int*);
void sstedc_(const char*,
             const int*,
             float*,
             float*,
             float*,
             const int*,
             float*,
             const int*,
             int*,
             const int*,
             int*);
void sormtr_(const char*,
             const char*,
             const char*,
             const int*,
             const int*,
             const float*,
             const int*,
             const float*,
             float*,
             const int*,
             float*,
             const int*,
             int*);
void dgemm_(const char*,
            const char*,
            const int*,
            const int*,
            const int*,
            const double*,
            const double*,
            const int*,
            const double*,
            const int*,
            const double*,
            double*,
            const int*);
void dsyrk_(const char*,
            const char*,
            const int*,
            const int*,
            const double*,
            const double*,
            const int*,
            const double*,
            double*,
            const int*);
void dtrsm_(const char*,
            const char*,
            const char*,
            const char*,
            const int*,
            const int*,
            const double*,
            const double*,
            const int*,
            double*,
            const int*);
void dpotrf_(const char*, const int*, double*, const int*, int*);
void dsytrd_(const char*,
             const int*,
             double*,
             const int*,
             double*,
             double*,
             double*,
             double*,
             const int*,
             int*);
void dstedc_(const char*,
             const int*,
             double*,
             double*,
             double*,
             const int*,
             double*,
             const int*,
             int*,
             const int*,
             int*);
void dormtr_(const char*,
             const char*,
             const char*,
             const int*,
             const int*,
             const double*,
             const int*,
             const double*,
             double*,
             const int*,
             double*,
             const int*,
             int*);
}

namespace insula::numerics {

template <typename T>
struct Lapack;

template <>
struct Lapack<float> {
  static constexpr auto gemm = &sgemm_;
  static constexpr auto syrk = &ssyrk_;
  static constexpr auto trsm = &strsm_;
  static constexpr auto potrf = &spotrf_;
  static constexpr auto sytrd = &ssytrd_;
  static constexpr auto stedc = &sstedc_;
  static constexpr auto ormtr = &sormtr_;
};

template <>
struct Lapack<double> {
  static constexpr auto gemm = &dgemm_;
  static constexpr auto syrk = &dsyrk_;
  static constexpr auto trsm = &dtrsm_;
  static constexpr auto potrf = &dpotrf_;
  static constexpr auto sytrd = &dsytrd_;
  static constexpr auto stedc = &dstedc_;
  static constexpr auto ormtr = &dormtr_;
};

// Before the first call: all of OpenBLAS runs in the thread that calls it.
inline void one_thread() {
  static const bool done = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace insula::numerics
