# SPDX-License-Identifier: Apache-2.0
# Small images by nibabel, and the series of their regions by nibabel and NumPy, for tests of the
# readers: python3 image_reference.py DIR writes them there, with images.json. Means are over the
# places of a label that are finite at all times; eigenvariates are from NumPy's SVD of these places
# less their means, times the singular value over the root of their number, signed by their weights.
import json
import os
import sys

import nibabel as nib
import numpy as np
from nibabel import cifti2
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable

out = sys.argv[1] if len(sys.argv) > 1 else "."
random = np.random.default_rng(3)
T = 30
path = lambda name: os.path.join(out, name)
truth = {}


def series(values, labels):  # times x places
    found = {}
    for label in np.unique(labels[labels != 0]):
        own = values[:, labels == label]
        own = own[:, np.isfinite(own).all(axis=0)]
        if own.shape[1] == 0:
            continue
        centred = own - own.mean(axis=0)
        u, s, vt = np.linalg.svd(centred, full_matrices=False)
        sign = np.sign(vt[0].sum())
        found[str(int(label))] = {
            "mean": own.mean(axis=1).tolist(),
            "eigenvariate": (sign * u[:, 0] * s[0] / np.sqrt(own.shape[1])).tolist(),
        }
    return found


# NIfTI: floats with values that are missing, scaled integers, NIfTI-2 of the other endianness.
shape = (5, 4, 3)
affine = np.array([[-3.0, 0, 0, 7], [0, 3.0, 0.1, -9], [0, -0.1, 3.5, 4], [0, 0, 0, 1]])
labels = random.choice([0, 1, 2, 5], size=shape).astype("uint8")
labels[0, 0, 0] = 7
wave = np.sin(0.4 * np.arange(T))
data = 100 + random.normal(0, 1, shape + (T,)) + 2 * wave * (labels[..., None] == 2)
data[0, 0, 0, :] = np.nan
data[1, 2, 1, 12] = np.nan
data[3, 1, 2, 0] = np.inf
flat = lambda x: x.reshape(-1, x.shape[-1]).T

atlas = nib.Nifti1Image(labels, affine)
nib.save(atlas, path("atlas.nii.gz"))
shifted = affine.copy()
shifted[0, 3] += 0.5
nib.save(nib.Nifti1Image(labels, shifted), path("shifted.nii.gz"))
nib.save(nib.Nifti1Image(labels[:4], affine), path("cropped.nii.gz"))
nib.save(nib.Nifti1Image(np.where(labels > 0, labels / 3, 0).astype("float32"), affine),
         path("blurred.nii.gz"))
with open(path("labels.tsv"), "w") as file:
    file.write("index\tname\n1\tV1\n2\tV5\n5\tSPC\n7\tedge\n")

floats = nib.Nifti1Image(data.astype("float32"), affine)
floats.header.set_xyzt_units("mm", "sec")
floats.header["pixdim"][4] = 2.5
nib.save(floats, path("floats.nii.gz"))
integers = nib.Nifti1Image(np.round(np.nan_to_num(data, posinf=0) * 7).astype("int16"), affine)
integers.header.set_xyzt_units("mm", "msec")
integers.header["pixdim"][4] = 1500
integers.header.set_slope_inter(0.25, -3)
nib.save(integers, path("integers.nii"))
swapped = nib.Nifti2Image(data.astype(">f8"), affine, nib.Nifti2Header(endianness=">"))
swapped.header.set_data_dtype(">f8")
swapped.header.set_xyzt_units("mm", "sec")
swapped.header["pixdim"][4] = 2
nib.save(swapped, path("swapped.nii.gz"))
timeless = nib.Nifti1Image(data.astype("float32")[..., :3], affine)
nib.save(timeless, path("timeless.nii.gz"))
for name in ["floats.nii.gz", "integers.nii", "swapped.nii.gz"]:
    truth[name] = series(flat(nib.load(path(name)).get_fdata(dtype=np.float64)), labels.ravel())

# CIFTI: a cortex without its medial wall, and voxels of a nucleus.
cortex = np.array([0, 1, 2, 4, 5, 7, 8, 9, 11])
left = cifti2.BrainModelAxis.from_surface(cortex, 12, "CortexLeft")
mask = np.zeros(shape, bool)
mask[1:3, 1, 1] = mask[4, 2, 2] = True
nucleus = cifti2.BrainModelAxis.from_mask(mask, "ThalamusRight", affine)
models = left + nucleus
dense = random.normal(0, 1, (T, len(models)))
steps = cifti2.SeriesAxis(start=0, step=0.72, size=T)
nib.save(cifti2.Cifti2Image(dense.astype("float32"), (steps, models)), path("rest.dtseries.nii"))
# The parcellation knows all vertices, and only two of the voxels.
every = cifti2.BrainModelAxis.from_surface(np.arange(12), 12, "CortexLeft")
two = np.zeros(shape, bool)
two[1, 1, 1] = two[4, 2, 2] = True
parcels = every + cifti2.BrainModelAxis.from_mask(two, "ThalamusRight", affine)
keys = np.array([1, 1, 1, 1, 3, 3, 0, 3, 3, 1, 3, 1, 9, 9])
table = {0: ("???", (0, 0, 0, 0)), 1: ("V1", (1, 0, 0, 1)), 3: ("V5", (0, 1, 0, 1)),
         9: ("LGN", (0, 0, 1, 1))}
nib.save(cifti2.Cifti2Image(keys[None].astype("float32"), (cifti2.LabelAxis(["x"], [table]), parcels)),
         path("areas.dlabel.nii"))
label_of = {}
for k, (structure, place) in enumerate(zip(parcels.name, zip(parcels.vertex, map(tuple, parcels.voxel)))):
    label_of[structure, place] = keys[k]
own = np.array([label_of.get((s, (v, tuple(x))), 0)
                for s, v, x in zip(models.name, models.vertex, models.voxel)])
truth["rest.dtseries.nii"] = series(
    np.asarray(nib.load(path("rest.dtseries.nii")).get_fdata(dtype=np.float64)), own)
wrong = cifti2.BrainModelAxis.from_surface(np.arange(10), 10, "CortexLeft")
nib.save(cifti2.Cifti2Image(np.ones((1, 10), "float32"), (cifti2.LabelAxis(["x"], [table]), wrong)),
         path("other.dlabel.nii"))
regions = cifti2.ParcelsAxis.from_brain_models([("V1", left[:4]), ("V5", left[4:])])
parcellated = random.normal(0, 1, (T, 2)).astype("float32")
nib.save(cifti2.Cifti2Image(parcellated, (steps, regions)), path("rest.ptseries.nii"))
truth["rest.ptseries.nii"] = {"V1": parcellated[:, 0].astype(float).tolist(),
                              "V5": parcellated[:, 1].astype(float).tolist()}

# GIFTI: a time in each array, packed; and labels.
surface = random.normal(10, 1, (T, 14)).astype("float32")
image = GiftiImage(darrays=[GiftiDataArray(x, intent="NIFTI_INTENT_TIME_SERIES",
                                           datatype="NIFTI_TYPE_FLOAT32") for x in surface])
image.meta["TimeStep"] = "800"
nib.save(image, path("sub-01_hemi-L.func.gii"))
areas = np.array([0, 4, 4, 2, 2, 2, 4, 0, 2, 4, 4, 4, 2, 0], "int32")
names = GiftiLabelTable()
for key, name in [(0, "???"), (2, "V1"), (4, "V5")]:
    label = GiftiLabel(key=key)
    label.label = name
    names.labels.append(label)
nib.save(GiftiImage(darrays=[GiftiDataArray(areas, intent="NIFTI_INTENT_LABEL",
                                            datatype="NIFTI_TYPE_INT32")], labeltable=names),
         path("areas.label.gii"))
nib.save(GiftiImage(darrays=[GiftiDataArray(areas[:9], intent="NIFTI_INTENT_LABEL",
                                            datatype="NIFTI_TYPE_INT32")], labeltable=names),
         path("small.label.gii"))
truth["sub-01_hemi-L.func.gii"] = series(surface.astype(float), areas)

with open(path("images.json"), "w") as file:
    json.dump(truth, file)
