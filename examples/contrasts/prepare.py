#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes, for each of the five sessions, the trials and the counts of the 24 neurons that fire most:
13 bins of 30 ms a trial, which begins every 990 ms here; nothing is known in between.

    INSULA_DATA=... python3 examples/contrasts/prepare.py [FOLDER]

FOLDER is the one beside this script that dataset.yaml lies in, unless another is named."""
import array
import ast
import os
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
NEURONS, JOINED, EVERY = 24, 3, 0.99  # bins of 10 ms that are joined; s between trials


def read_bytes_of_npy(path):
    """The shape and the uint8 numbers of a .npy file, the last index fastest."""
    data = path.read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + length].decode("ascii"))
    return header["shape"], data[10 + length:]


def write_npy(path, shape, numbers):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii")
                     + array.array("f", numbers).tobytes())


def main():
    root = os.environ.get("INSULA_DATA")
    if not root:
        sys.exit("INSULA_DATA does not name the folder that holds steinmetz2019-visual-5sessions")
    source = pathlib.Path(root) / "steinmetz2019-visual-5sessions"
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE) / "data"
    folder.mkdir(parents=True, exist_ok=True)
    lines = (source / "trials.tsv").read_text().splitlines()
    names = lines[0].split("\t")
    table = [dict(zip(names, line.split("\t"))) for line in lines[1:]]
    for session in range(1, 6):
        (trials, neurons, bins), counts = read_bytes_of_npy(source / f"session{session}_spikes.npy")
        size = neurons * bins
        total = [sum(sum(counts[t * size + n * bins:t * size + (n + 1) * bins]) for t in range(trials))
                 for n in range(neurons)]
        chosen = sorted(sorted(range(neurons), key=lambda n: -total[n])[:NEURONS])
        each = round(EVERY / 0.010 / JOINED)
        rows = []
        for t in range(trials):
            for b in range(0, bins, JOINED):
                rows += [sum(counts[t * size + n * bins + b:t * size + n * bins + b + JOINED]) for n in chosen]
            rows += [float("nan")] * (NEURONS * (each - bins // JOINED))
        write_npy(folder / f"counts-{session}.npy", (trials * each, NEURONS), rows)
        mine = [row for row in table if row["session"] == str(session)]
        assert len(mine) == trials
        (folder / f"trials-{session}.tsv").write_text("onset\tleft\tright\n" + "".join(
            f"{t * EVERY:.2f}\t{row['contrast_left']}\t{row['contrast_right']}\n" for t, row in enumerate(mine)))


if __name__ == "__main__":
    main()
