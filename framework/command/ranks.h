// SPDX-License-Identifier: Apache-2.0
// Which of several processes this is, where a launcher started them together.
#pragma once

#include "framework/experiment/run.h"

namespace insula::command {

/// As Open MPI's and MPICH's mpirun and Slurm's srun say in the environment; of one process {0, 1}.
/// errors  InputError, of the first, if they are on several machines: they could not share a store
experiment::Shard rank_of_launcher();

}  // namespace insula::command
