#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes one array of spike counts (700 bins of 10 ms x 5 cells) for each of the 20 presentations.

    INSULA_DATA=... python3 examples/two-ears/prepare.py [FOLDER]

FOLDER is the one beside this script that dataset.yaml lies in, unless another is named."""
import array
import ast
import os
import pathlib
import shutil
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent


def read_npy(path):
    """The shape and the float32 numbers of a .npy file, the last index fastest."""
    data = path.read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + length].decode("ascii"))
    numbers = array.array("f")
    numbers.frombytes(data[10 + length:])
    return header["shape"], numbers


def write_npy(path, shape, numbers):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii")
                     + array.array("f", numbers).tobytes())


def main():
    root = os.environ.get("INSULA_DATA")
    if not root:
        sys.exit("INSULA_DATA does not name the folder that holds david2018-ferret-a1-binaural-noise")
    source = pathlib.Path(root) / "david2018-ferret-a1-binaural-noise"
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (cells, repeats, bins), counts = read_npy(source / "spike_counts.npy")
    for repeat in range(repeats):
        rows = [counts[(cell * repeats + repeat) * bins + t] for t in range(bins) for cell in range(cells)]
        write_npy(folder / "data" / f"counts-{repeat + 1:02}.npy", (bins, cells), rows)
    shutil.copy(source / "stimulus_envelopes.npy", folder / "data" / "envelopes.npy")


if __name__ == "__main__":
    main()
