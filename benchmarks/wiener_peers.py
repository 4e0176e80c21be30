# SPDX-License-Identifier: Apache-2.0
"""HDDM's Wiener density on the trials of benchmarks/wiener.cpp: one line per way, with its ns a
trial and its largest difference from the log densities that it is given.

python3 wiener_peers.py FOLDER: the folder holds rt, resp, v, shared and per_trial, each a file of
doubles; shared has v, sv, a, z, t0 in front of the log densities. Ends with 3 if HDDM is missing.
"""
import os
import statistics
import sys
import time

try:
    import numpy as np
    from wfpt import pdf_array, wiener_like_multi
except ImportError:
    sys.exit(3)

folder = sys.argv[1]
rt, resp, drift, shared, per_trial = (
    np.fromfile(os.path.join(folder, name)) for name in ["rt", "resp", "v", "shared", "per_trial"])
v, sv, a, z, t0 = (float(x) for x in shared[:5])
x = rt * resp


def report(name, work, error):
    seconds = []
    for run in range(4):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    ns = 1e9 * statistics.median(seconds[1:]) / len(x)
    print(f"{ns}\t{error(result)}\t{name}")


for err in [1e-4, 1e-8, 1e-12]:
    report(f"HDDM pdf_array, err {err:g}",
           lambda: pdf_array(x, v, sv, a, z, 0.0, t0, 0.0, err, logp=True),
           lambda ours: np.abs(ours - shared[5:]).max())
report("HDDM wiener_like_multi, a drift each, err 1e-08 (mean)",
       lambda: wiener_like_multi(x, drift, sv, a, z, 0.0, t0, 0.0, 1e-8, multi=["v"]),
       lambda ours: abs(ours - per_trial.sum()) / len(x))
