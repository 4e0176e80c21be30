// SPDX-License-Identifier: Apache-2.0
// Surfaces come as one file for each hemisphere.
#pragma once

#include <string>
#include <vector>

#include "framework/command/import_images.h"

namespace insula::command {

/// "L" or "R" where a file's name tells: hemi-L, .L., lh. and the like; else "".
std::string hemisphere_of(const std::string& file);

/// The atlas for an image: the only one, or that of its hemisphere.
/// errors  InputError (usage) if the only one is of the other hemisphere, or if none or several of
///         them fit
std::string atlas_for(const std::string& image, const std::vector<std::string>& atlases);

/// Images of both hemispheres of a run become one, in the place of the first: regions are then
/// called L_… and R_… unless all of a hemisphere are called so already.
/// errors  InputError (data) if the two have other numbers of samples, intervals or events; usage
///         where one atlas is to label both
std::vector<ImportedImage> with_joined_hemispheres(std::vector<ImportedImage> images,
                                                   const std::vector<std::string>& atlases);

}  // namespace insula::command
