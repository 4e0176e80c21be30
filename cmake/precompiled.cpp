// SPDX-License-Identifier: Apache-2.0
// The file that the floors' precompiled header is compiled with; see cmake/insula.cmake.
