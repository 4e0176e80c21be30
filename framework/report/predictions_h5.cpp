// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <utility>

#include "framework/report/detail/files.h"
#include "framework/report/detail/h5.h"

namespace insula::report {
namespace {

using namespace h5;

std::string group_path(const PredictionBlock& block) {
  return to_path_name(block.model) + '/' + to_path_name(block.subject) + '/' +
         to_path_name(block.run) + '/' + to_path_name(block.recording);
}

/// Matrices of a block under their names in the file.
template <class Block, class Visit>
void matrices(Block& block, Visit&& visit) {
  visit("time", block.time);
  visit("observed", block.observed);
  visit("predicted", block.held_out);
  visit("predicted_sd", block.held_out_sd);
  visit("fitted", block.fitted);
  visit("fitted_sd", block.fitted_sd);
}

void write_block(const File& file, hid_t root, const PredictionBlock& block) {
  const Handle group = create_groups(file, root, group_path(block));
  write_texts(file, group, "channels", block.channels);
  write_texts(file, group, "unit", {block.unit});
  matrices(block, [&](const char* name, const Eigen::MatrixXd& matrix) {
    write_matrix(file, group, name, matrix);
  });
  const Eigen::Matrix<std::int32_t, Eigen::Dynamic, 1> fold = block.fold.cast<std::int32_t>();
  write_array(
      file, group, "fold", H5T_STD_I32LE, fold.data(), {static_cast<hsize_t>(fold.size()), 1}, 1);
}

PredictionBlock read_block(const File& file, hid_t root, const std::string& path) {
  const Handle group = file.own(H5Gopen2(root, path.c_str(), H5P_DEFAULT), H5Gclose, path);
  PredictionBlock block;
  auto [model, subject, run, recording] = parts_of<4>(path);
  block.model = std::move(model);
  block.subject = std::move(subject);
  block.run = std::move(run);
  block.recording = std::move(recording);
  block.channels = read_texts(file, group, "channels");
  const std::vector<std::string> unit = read_texts(file, group, "unit");
  if (unit.size() != 1) file.fail("unit");
  block.unit = unit.front();
  matrices(block, [&](const char* name, Eigen::MatrixXd& matrix) {
    matrix = read_matrix(file, group, name);
  });
  block.fold = read_integers(file, group, "fold");
  return block;
}

}  // namespace

void write_predictions(const std::vector<PredictionBlock>& blocks, const std::string& path) {
  const Silence silence;
  const File file{path};
  const Handle root = create_file(file);
  std::vector<std::string> order;  // groups have no order of their own
  for (const PredictionBlock& block : blocks) {
    write_block(file, root, block);
    order.push_back(group_path(block));
  }
  write_texts(file, root, kOrder, order);
  file.check(H5Fflush(root, H5F_SCOPE_GLOBAL), "the file");
}

std::vector<PredictionBlock> read_predictions(const std::string& path) {
  const Silence silence;
  const File file{path, true};
  const Handle root = open_file(file);
  std::vector<PredictionBlock> blocks;
  for (const std::string& group : read_texts(file, root, kOrder)) {
    blocks.push_back(read_block(file, root, group));
  }
  return blocks;
}

}  // namespace insula::report
