# SPDX-License-Identifier: Apache-2.0
# Small files by the formats' own Python tools, for tests of the readers: python3 arrays_reference.py
# The number at row i, column j of every array of numbers is (i * columns + j - 8) / 4 (whole numbers:
# times 4), truth values are whether it is above 0. All are exact in 16 bits.
import h5py
import ml_dtypes
import numpy as np
import safetensors.numpy


def numbers(rows, columns, kind="<f8"):
    x = np.arange(rows * columns).reshape(rows, columns) - 8
    return x.astype(kind) if np.dtype(kind).kind in "iu" else (x / 4).astype(kind)


np.save("float16.npy", numbers(5, 3, "<f2"))
np.save("big_endian.npy", numbers(5, 3, ">f4"))
np.save("big_endian_integers.npy", numbers(5, 3, ">i2"))
np.save("truth.npy", numbers(5, 3) > 0)
np.save("three_dimensions.npy", np.asfortranarray(numbers(4, 6).reshape(4, 2, 3)))

arrays = {
    "embedding": numbers(5, 3, "<f4"),
    "by_column": np.asfortranarray(numbers(5, 3)),
    "counts": numbers(5, 3, "<i8"),
    "vector": numbers(5, 1)[:, 0],
}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
np.savez_compressed("one.npz", embedding=arrays["embedding"])

safetensors.numpy.save_file(
    {
        "f64": numbers(5, 3),
        "f32": numbers(5, 3, "<f4"),
        "f16": numbers(5, 3, "<f2"),
        "bf16": numbers(5, 3, ml_dtypes.bfloat16),
        "i64": numbers(5, 3, "<i8"),
        "i32": numbers(5, 3, "<i4"),
        "i16": numbers(5, 3, "<i2"),
        "i8": numbers(5, 3, "<i1"),
        "layers": numbers(4, 6, "<f4").reshape(4, 2, 3),
        "truth": numbers(5, 3) > 0,
    },
    "tensors.safetensors",
    metadata={"format": "np"},
)

with h5py.File("arrays.h5", "w") as h:
    h["contiguous"] = numbers(5, 3, "<f4")
    h["model/layer/embedding"] = numbers(5, 3)
    h.create_dataset("deflated", data=numbers(50, 3), chunks=(7, 2), compression="gzip", shuffle=True)
    h.create_dataset("deflated_float", data=numbers(50, 3, "<f4"), chunks=(7, 2), compression="gzip")
    h.create_dataset("checked", data=numbers(5, 3, "<i2"), chunks=(5, 3), fletcher32=True)
    h.create_dataset("chunked_layers", data=numbers(4, 6).reshape(4, 2, 3), chunks=(3, 2, 2),
                     compression="gzip", shuffle=True, fletcher32=True)
    h.create_dataset("chunked_big_endian", data=numbers(5, 3, ">f4"), chunks=(2, 2), shuffle=True)
    h.create_dataset("chunked_vector", data=numbers(5, 1)[:, 0], chunks=(2,), compression="gzip")
    h.create_dataset("chunked_plain", data=numbers(5, 3), chunks=(4, 2))
    h.create_dataset("sparse", shape=(6, 3), dtype="<f4", chunks=(2, 2), fillvalue=2.5, shuffle=True)
    h["sparse"][2:4, :] = 1
    h["half"] = numbers(5, 3, "<f2")
    h["big_endian"] = numbers(5, 3, ">f8")
    h["truth"] = numbers(5, 3) > 0
    h["vector"] = numbers(5, 1)[:, 0]
    h["layers"] = numbers(4, 6).reshape(4, 2, 3)
    h["large_integers"] = np.array([[0, 1], [2**53, 2**53 + 1]])
    h["large_numbers"] = np.array([[0, 1], [2, 1e300]])
    h["scalar"] = 1.5
    h["texts"] = np.array([b"a", b"bc"])
    h["records"] = np.zeros(2, dtype=[("a", "<f8"), ("b", "<i4")])
    h["labels"] = np.zeros(2, dtype=h5py.enum_dtype({"left": 0, "right": 1, "none": 2}, "i1"))
    h["nothing"] = h5py.Empty("f8")
    h.create_dataset("no_rows", shape=(0, 3), dtype="f8")
    h.create_dataset("never_written", shape=(1000, 3), dtype="f8")
    h.create_dataset("forged", shape=(2**40, 2**20), dtype="f8", chunks=(1, 2), compression="gzip")
    h["forged"][0, :2] = 1
    h.create_dataset("lzf", data=numbers(5, 3), chunks=(5, 3), compression="lzf")
    h["soft"] = h5py.SoftLink("/model/layer/embedding")
    h["model/soft"] = h5py.SoftLink("layer")
    h["dangling"] = h5py.SoftLink("/nowhere")
    h["circle_a"] = h5py.SoftLink("/circle_b")
    h["circle_b"] = h5py.SoftLink("/circle_a")
    h["model/layer/up"] = h["model"]
    h["elsewhere"] = h5py.ExternalLink("other.h5", "/secret")
    layout = h5py.VirtualLayout(shape=(5, 3), dtype="f8")
    layout[:] = h5py.VirtualSource("other.h5", "secret", shape=(5, 3))
    h.create_virtual_dataset("virtual", layout)
    h.create_dataset("outside", shape=(5, 3), dtype="f8", external=[("other.raw", 0, 120)])

with h5py.File("user_block.h5", "w", userblock_size=512) as h:
    h["embedding"] = numbers(5, 3)

with h5py.File("one.h5", "w", libver=("earliest", "v110")) as h:
    h.create_dataset("embedding", data=numbers(5, 3, "<f4"), chunks=(2, 3), compression="gzip")
