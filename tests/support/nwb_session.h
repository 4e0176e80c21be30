// SPDX-License-Identifier: Apache-2.0
// The session that nwb_reference.py wrote with PyNWB, what PyNWB reads of it, and ways to spoil it.
#pragma once

#include <string>
#include <vector>

#include "tests/framework/dataset/folder.h"

namespace insula::nwb_file {

/// session.nwb and session.json, unpacked into the folder; or presented.nwb and presented.json,
/// which nwb_presented_reference.py wrote.
void write_session(const dataset::Folder& folder, const std::string& name = "session");

/// The same made anew by PyNWB from another seed; false where no python3 has it.
bool make_session_with_pynwb(const dataset::Folder& folder,
                             int seed,
                             const std::string& script = "nwb_reference.py");

// Changes of an HDF5 file. Paths are those of objects in it.
void set_number(const std::string& file, const std::string& dataset, std::size_t at, double value);
void set_attribute(const std::string& file,
                   const std::string& object,
                   const std::string& name,
                   double value);
void set_text_attribute(const std::string& file,
                        const std::string& object,
                        const std::string& name,
                        const std::string& value);
void remove_attribute(const std::string& file, const std::string& object, const std::string& name);
void remove_object(const std::string& file, const std::string& object);
void write_numbers(const std::string& file,
                   const std::string& dataset,
                   const std::vector<double>& numbers);
void link_out(const std::string& file,
              const std::string& link,
              const std::string& other,
              const std::string& target);
void link_again(const std::string& file, const std::string& link, const std::string& target);
void link_softly(const std::string& file, const std::string& link, const std::string& target);

}  // namespace insula::nwb_file
