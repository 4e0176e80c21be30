#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the dataset of this example: semantic decisions of 60 people, from the folder semantic-60.

    INSULA_DATA=... python3 make.py [FOLDER]        # FOLDER: data, beside this file

Inputs are centred as the published analysis has them, and each subject gets the confounds of its
high-pass filter: the constant is its own, the rest is the same for all.
"""
import os
import pathlib
import struct
import sys

SUBJECTS, BINS, VOLUMES = 60, 3168, 198
NAMES = ["Task", "Pictures", "Words"]


def numpy_array(path, kind, size):
    """All numbers of a .npy file in C order. kind: "<f8" or "|u1"."""
    data = path.read_bytes()
    header = 10 + struct.unpack("<H", data[8:10])[0]
    text = data[10:header].decode("latin-1")
    if data[:6] != b"\x93NUMPY" or f"'{kind}'" not in text or "'fortran_order': False" not in text:
        sys.exit(f"{path} is not an array of {kind} in C order: {text.strip()}")
    code = {"<f8": "d", "|u1": "B"}[kind]
    return struct.unpack(f"<{size}{code}", data[header:])


def write_table(path, names, rows):
    with open(path, "w", encoding="ascii") as file:
        file.write("\t".join(names) + "\n")
        file.writelines("\t".join(repr(x) for x in row) + "\n" for row in rows)


def main():
    if "INSULA_DATA" not in os.environ:
        sys.exit("set INSULA_DATA to the folder that holds semantic-60")
    source = pathlib.Path(os.environ["INSULA_DATA"]) / "semantic-60"
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "data")
    out.mkdir(parents=True, exist_ok=True)
    boxcars = numpy_array(source / "inputs_microtime.npy", "|u1", SUBJECTS * BINS * 3)
    constants = numpy_array(source / "confound_column0.npy", "<f8", SUBJECTS * VOLUMES)
    lines = (source / "confounds_X0.tsv").read_text().splitlines()
    confound_names = lines[0].split("\t")
    confounds = [[float(x) for x in line.split("\t")] for line in lines[1:]]

    manifest = [
        "insula: dataset/1",
        "name: semantic-60",
        "description: Semantic and perceptual decisions on pictures and words, fMRI of 60 people.",
        "citation: >-",
        "  Seghier ML, Josse G, Leff AP, Price CJ (2011). Lateralization is predicted by reduced coupling from",
        "  the left to right prefrontal cortex during semantic decisions on written words. Cerebral Cortex",
        "  21:1519-1531. doi:10.1093/cercor/bhq203",
        "licence: not stated by the source, which asks for the papers to be cited",
        "subjects:",
    ]
    for s in range(SUBJECTS):
        name = f"sub-{s + 1:02d}"
        own = boxcars[s * BINS * 3:(s + 1) * BINS * 3]
        columns = [own[k::3] for k in range(3)]
        means = [sum(c) / BINS for c in columns]
        write_table(out / f"{name}_inputs.tsv", NAMES,
                    [[c[i] - m for c, m in zip(columns, means)] for i in range(BINS)])
        write_table(out / f"{name}_confounds.tsv", confound_names,
                    [[constants[s * VOLUMES + i]] + confounds[i][1:] for i in range(VOLUMES)])
        manifest += [
            f"  - id: {name}",
            "    runs:",
            "      - id: run-1",
            "        duration: 712.8 s",
            f"        inputs: {{file: {name}_inputs.tsv, interval: 225 ms}}",
            "        recordings:",
            "          bold:",
            "            modality: bold",
            f'            file: "${{INSULA_DATA}}/semantic-60/bold/{name}.tsv"',
            "            time: time_s",
            "            interval: 3.6 s",
            "            delay: 3.6 s",
            "            channels: [lvF, ldF, rvF, rdF]",
            f"            confounds: {{file: {name}_confounds.tsv}}",
        ]
    manifest += [
        "participants:",
        '  file: "${INSULA_DATA}/semantic-60/covariates.tsv"',
        "  subject: subject",
        "  columns: [LI, Handedness, Gender, Age]",
    ]
    (out / "dataset.yaml").write_text("\n".join(manifest) + "\n", encoding="utf-8")
    print(out / "dataset.yaml")


if __name__ == "__main__":
    main()
