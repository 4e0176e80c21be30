// SPDX-License-Identifier: Apache-2.0
// What does it cost to read an HDF5 file that is larger than memory?
//
// A file of 32-bit floats, contiguous and in chunks of 1 MiB, is read through our reader, 16 MiB at
// a time, and by read(2), both with the file out of the page cache where the disk allows to drop it
// (posix_fadvise), and once more with it in there. Goals: within a factor of 1.5 of read(2), and
// 500 MB of memory.
//
//   hdf5_read [GIGABYTES] [FOLDER]      default: 0.25 GB, in the folder for temporary files
//
// Both ways are bound by the processor where the file is in the cache, so other programs must rest.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#define H5_USE_110_API
#include <hdf5.h>

#include "framework/dataset/array.h"

namespace insula {
namespace {

constexpr std::size_t kColumns = 1024, kRowsAtOnce = 4096;  // 16 MiB of floats
constexpr std::size_t kChunkRows = 256;                     // 1 MiB
constexpr double kGoalFactor = 1.5, kGoalBytes = 500e6;

// A number that tells where it is; exact in 32 bits.
float number_at(std::size_t row, std::size_t column) {
  return static_cast<float>((row * 31 + column) % 1000003);
}

void write_file(const std::string& path, std::size_t rows, bool in_chunks) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t extent[] = {rows, kColumns}, chunk[] = {kChunkRows, kColumns};
  const hid_t space = H5Screate_simple(2, extent, nullptr);
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (in_chunks) H5Pset_chunk(list, 2, chunk);
  const hid_t data =
      H5Dcreate2(file, "data", H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
  std::vector<float> numbers(kRowsAtOnce * kColumns);
  for (std::size_t first = 0; first < rows; first += kRowsAtOnce) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = number_at(first + i / kColumns, i % kColumns);
    const hsize_t from[] = {first, 0}, size[] = {kRowsAtOnce, kColumns};
    H5Sselect_hyperslab(space, H5S_SELECT_SET, from, nullptr, size, nullptr);
    const hid_t memory = H5Screate_simple(2, size, nullptr);
    if (H5Dwrite(data, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, numbers.data()) < 0)
      throw std::runtime_error("the disk is full");
    H5Sclose(memory);
  }
  H5Dclose(data);
  H5Pclose(list);
  H5Sclose(space);
  H5Fclose(file);
}

// Takes the file out of the page cache, as far as the system does.
void forget(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  fsync(file);
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  close(file);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Adds numbers up, so that both ways look at all of them.
double seconds_by_read(const std::string& path, double& sum) {
  const auto start = std::chrono::steady_clock::now();
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<float> numbers(kRowsAtOnce * kColumns);
  sum = 0;
  for (;;) {
    const ssize_t held = read(file, numbers.data(), numbers.size() * sizeof(float));
    if (held <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(held) / sizeof(float); i += 1024)
      sum += static_cast<double>(numbers[i]);
  }
  close(file);
  return seconds_since(start);
}

double seconds_by_us(const std::string& path, bool& is_right) {
  const auto start = std::chrono::steady_clock::now();
  const dataset::Array array = dataset::open_array(path, dataset::ArrayFormat::hdf5, "data");
  std::vector<float> numbers(kRowsAtOnce * kColumns);
  for (std::size_t first = 0; first < array.rows(); first += kRowsAtOnce) {
    array.read_rows(first, first + kRowsAtOnce, std::span<float>(numbers));
    for (std::size_t i = 0; i < numbers.size(); i += 1021)
      is_right &= numbers[i] == number_at(first + i / kColumns, i % kColumns);
  }
  return seconds_since(start);
}

double peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace
}  // namespace insula

int main(int count, char** words) {
  using namespace insula;
  const double gigabytes = count > 1 ? std::atof(words[1]) : 0.25;
  const std::filesystem::path folder =
      count > 2 ? std::filesystem::path(words[2]) : std::filesystem::temp_directory_path();
  std::filesystem::create_directories(folder);
  const double block = static_cast<double>(kRowsAtOnce * kColumns * sizeof(float));
  const std::size_t rows = kRowsAtOnce * static_cast<std::size_t>(gigabytes * 1e9 / block + 1);
  const std::string path = (folder / "insula-hdf5-read.h5").string();
  bool is_right = true, is_fast = true;
  for (const bool in_chunks : {false, true}) {
    write_file(path, rows, in_chunks);
    const double size = static_cast<double>(std::filesystem::file_size(path));
    for (const bool is_warm : {false, true}) {
      double sum = 0;
      if (!is_warm) forget(path);
      const double theirs = seconds_by_read(path, sum);
      if (!is_warm) forget(path);
      const double ours = seconds_by_us(path, is_right);
      std::printf(
          "%s, %s: %.2f GB by read(2) in %.2f s (%.2f GB/s), by us in %.2f s (%.2f GB/s): "
          "factor %.2f\n",
          in_chunks ? "chunks of 1 MiB" : "contiguous",
          is_warm ? "once more" : "after dropping it from the cache",
          size / 1e9,
          theirs,
          size / 1e9 / theirs,
          ours,
          size / 1e9 / ours,
          ours / theirs);
      is_fast &= ours <= kGoalFactor * theirs;
    }
    std::filesystem::remove(path);
  }
  const double peak = peak_bytes();
  std::printf("peak memory %.0f MB (the goal is %.0f); factors %s %.1f\n",
              peak / 1e6,
              kGoalBytes / 1e6,
              is_fast ? "all within" : "not all within",
              kGoalFactor);
  if (!is_right) std::puts("WRONG NUMBERS WERE READ");
  return is_right ? 0 : 1;
}
