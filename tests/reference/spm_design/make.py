# SPDX-License-Identifier: Apache-2.0
"""Writes SPM.mat and VOI_*.mat in the structure that SPM gives them, with numbers of our own.

Two sessions of 20 and 24 scans. Conditions and their modulators are made as spm_get_ons makes them
(32 bins before the first scan); SPM.xY.VY has objects of the class nifti, as SPM's own files have,
which no reader of ours needs. Needs numpy and scipy.
"""
import numpy as np
import scipy.io
from scipy.io.matlab import MatlabObject

TR, T, T0 = 2.0, 16, 8
SCANS = [20, 24]


def struct(**fields):
    out = np.zeros((1, 1), dtype=[(name, object) for name in fields])
    for name, value in fields.items():
        out[name][0, 0] = value
    return out


def structs(items):
    out = np.zeros((1, len(items)), dtype=[(name, object) for name in items[0]])
    for k, item in enumerate(items):
        for name, value in item.items():
            out[name][0, k] = value
    return out


def cell(texts):
    out = np.zeros((1, len(texts)), dtype=object)
    for k, text in enumerate(texts):
        out[0, k] = text
    return out


def signal(onsets, duration, scans, amplitudes):
    u = np.zeros(scans * T + 32)
    for onset, amplitude in zip(onsets, amplitudes):
        first = round(onset * T / TR) + 32
        u[first : first + round(duration * T / TR) + 1] += amplitude
    return u


def condition(name, onsets, duration, scans, modulator=None):
    names, columns = [name], [signal(onsets, duration, scans, np.ones(len(onsets)))]
    if modulator is not None:
        label, values = modulator
        values = np.array(values) - np.mean(values)
        names.append(f"{name}x{label}^1")
        columns.append(signal(onsets, duration, scans, values))
    return dict(
        name=cell(names),
        ons=np.array(onsets)[:, None] / TR,
        dur=np.full((len(onsets), 1), duration / TR),
        u=scipy.sparse.csc_matrix(np.array(columns).T),
        dt=TR / T,
    )


private = np.zeros((1,), dtype=[("hdr", object), ("dat", object)])
private[0] = (np.zeros((0, 0)), np.zeros((0, 0)))
nifti = MatlabObject(private, "nifti")

sessions = [
    [
        condition("photic", [4, 20], 8, SCANS[0]),
        condition("motion", [4, 12, 22], 4, SCANS[0], ("attention", [1, 2, 6])),
    ],
    [condition("photic", [2, 30], 10, SCANS[1])],
]
rows = np.cumsum([0] + SCANS)
spm = struct(
    xY=struct(RT=TR, VY=structs([dict(fname=f"f{k}.nii", private=nifti) for k in range(2)])),
    nscan=np.array([SCANS], dtype=float),
    xBF=struct(name="hrf", T=float(T), T0=float(T0), dt=TR / T, UNITS="scans"),
    Sess=structs(
        [
            dict(
                U=structs(conditions),
                C=struct(C=np.zeros((0, 0)), name=cell([])),
                row=np.arange(rows[s] + 1, rows[s + 1] + 1, dtype=float)[None, :],
            )
            for s, conditions in enumerate(sessions)
        ]
    ),
    swd="/home/someone/study",
)
scipy.io.savemat("SPM.mat", {"SPM": spm}, do_compression=True, oned_as="column")
for s, scans in enumerate(SCANS):
    time = np.arange(scans)
    x0 = np.stack([np.full(scans, 0.9), np.cos(np.pi * (time + 0.5) / scans)], axis=1)
    for r, name in enumerate(["V1", "V5"]):
        u = (np.sin(0.7 * time + r) * (1 + s))[:, None]
        voi = struct(
            name=name,
            Ic=1.0,
            Sess=float(s + 1),
            xyz=np.array([[0.0], [-80.0], [4.0 + r]]),
            X0=x0,
            y=np.concatenate([u, 0.5 * u], axis=1),
            u=u,
            v=np.array([[0.8], [0.6]]),
            s=np.array([[2.0], [0.1]]),
        )
        scipy.io.savemat(f"VOI_{name}_{s + 1}.mat", {"Y": u, "xY": voi}, do_compression=True)
