// SPDX-License-Identifier: Apache-2.0
#include "tests/support/nwb_session.h"

#define H5_USE_110_API
#include <hdf5.h>

#include <cstdlib>
#include <stdexcept>

#include "framework/dataset/file.h"

namespace insula::nwb_file {
namespace {

const std::string kReference = INSULA_REFERENCE "/dataset/";

hid_t good(hid_t id) {
  if (id < 0) throw std::runtime_error("the test's HDF5 file cannot be changed");
  return id;
}

// Everything that is opened in the file is closed with it.
class Changed {
 public:
  explicit Changed(const std::string& file)
      : access_(H5Pcreate(H5P_FILE_ACCESS)),
        file_((H5Pset_fclose_degree(access_, H5F_CLOSE_STRONG),
               good(H5Fopen(file.c_str(), H5F_ACC_RDWR, access_)))) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Changed() {
    H5Fclose(file_);
    H5Pclose(access_);
  }
  Changed(const Changed&) = delete;
  Changed& operator=(const Changed&) = delete;
  operator hid_t() const { return file_; }

 private:
  hid_t access_, file_;
};

void add_attribute(hid_t object, const std::string& name, hid_t type, const void* value) {
  H5Adelete(object, name.c_str());
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute =
      good(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
  good(H5Awrite(attribute, type, value));
  H5Sclose(space);
}

}  // namespace

void write_session(const dataset::Folder& folder, const std::string& name) {
  for (const std::string& file : {name + ".nwb", name + ".json"})
    folder.write(file,
                 dataset::gunzip(dataset::read_bytes(kReference + file + ".gz"), file + ".gz"));
}

bool make_session_with_pynwb(const dataset::Folder& folder, int seed, const std::string& script) {
  const std::string python = "PYTHONPATH='" INSULA_ROOT "/build/peers' python3 -W ignore ";
  if (std::system((python + "-c 'import pynwb' >/dev/null 2>&1").c_str()) != 0) return false;
  return std::system((python + "'" + kReference + script + "' '" + folder.path("") + "' " +
                      std::to_string(seed) + " >/dev/null")
                         .c_str()) == 0;
}

void set_number(const std::string& file, const std::string& dataset, std::size_t at, double value) {
  const Changed changed(file);
  const hid_t data = good(H5Dopen2(changed, dataset.c_str(), H5P_DEFAULT));
  const hid_t space = good(H5Dget_space(data));
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  std::vector<double> numbers(count);
  good(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()));
  numbers.at(at) = value;
  good(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()));
}

void set_attribute(const std::string& file,
                   const std::string& object,
                   const std::string& name,
                   double value) {
  const Changed changed(file);
  add_attribute(
      good(H5Oopen(changed, object.c_str(), H5P_DEFAULT)), name, H5T_NATIVE_DOUBLE, &value);
}

void set_text_attribute(const std::string& file,
                        const std::string& object,
                        const std::string& name,
                        const std::string& value) {
  const Changed changed(file);
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, value.size() + 1);
  add_attribute(good(H5Oopen(changed, object.c_str(), H5P_DEFAULT)), name, type, value.c_str());
}

void remove_attribute(const std::string& file, const std::string& object, const std::string& name) {
  const Changed changed(file);
  good(H5Adelete_by_name(changed, object.c_str(), name.c_str(), H5P_DEFAULT));
}

void remove_object(const std::string& file, const std::string& object) {
  const Changed changed(file);
  good(H5Ldelete(changed, object.c_str(), H5P_DEFAULT));
}

void write_numbers(const std::string& file,
                   const std::string& dataset,
                   const std::vector<double>& numbers) {
  const Changed changed(file);
  H5Ldelete(changed, dataset.c_str(), H5P_DEFAULT);
  const hsize_t extent = numbers.size();
  const hid_t space = H5Screate_simple(1, &extent, nullptr);
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t data = good(H5Dcreate2(
      changed, dataset.c_str(), H5T_NATIVE_DOUBLE, space, links, H5P_DEFAULT, H5P_DEFAULT));
  good(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()));
}

void link_out(const std::string& file,
              const std::string& link,
              const std::string& other,
              const std::string& target) {
  const Changed changed(file);
  good(H5Lcreate_external(
      other.c_str(), target.c_str(), changed, link.c_str(), H5P_DEFAULT, H5P_DEFAULT));
}

void link_again(const std::string& file, const std::string& link, const std::string& target) {
  const Changed changed(file);
  good(H5Lcreate_hard(changed, target.c_str(), changed, link.c_str(), H5P_DEFAULT, H5P_DEFAULT));
}

void link_softly(const std::string& file, const std::string& link, const std::string& target) {
  const Changed changed(file);
  good(H5Lcreate_soft(target.c_str(), changed, link.c_str(), H5P_DEFAULT, H5P_DEFAULT));
}

}  // namespace insula::nwb_file
