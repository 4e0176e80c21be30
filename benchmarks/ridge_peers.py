# SPDX-License-Identifier: Apache-2.0
"""himalaya and scikit-learn on the numbers of benchmarks/ridge.cpp: one line per way, with wall
seconds, CPU seconds, mean R2 of the rows held out, mean score of the folds, peak memory (MiB) with
data, name.

python3 ridge_peers.py FOLDER ridge|kernel|banded ROWS FEATURES TARGETS BANDS: the folder holds x, y,
x_test, y_test and candidates, float32 by columns. Ends with 3 if neither is installed.
"""
import os
import resource
import sys
import time
import warnings

import numpy as np
from threadpoolctl import threadpool_info

# An OpenBLAS older than the processor takes a core of 2004; both sides are spared that.
falls_back = any(i.get("architecture", "").lower() == "prescott" for i in threadpool_info())
if falls_back and os.environ.get("FITTING_CORE") and "OPENBLAS_CORETYPE" not in os.environ:
    os.environ["OPENBLAS_CORETYPE"] = os.environ["FITTING_CORE"]
    os.execv(sys.executable, [sys.executable] + sys.argv)

try:
    import himalaya.kernel_ridge
    import himalaya.ridge
    from himalaya.backend import set_backend
    HIMALAYA = True
except ImportError:
    HIMALAYA = False
try:
    import sklearn.linear_model
    from sklearn.model_selection import KFold
    SKLEARN = True
except ImportError:
    SKLEARN = False
if not (HIMALAYA or SKLEARN):
    sys.exit(3)
warnings.filterwarnings("ignore")

folder, problem = sys.argv[1:3]
n, p, t, bands = (int(size) for size in sys.argv[3:7])
x, y, x_test, y_test, candidates = (
    np.fromfile(os.path.join(folder, name), np.float32).reshape(columns, -1).T
    for name, columns in [("x", p), ("y", t), ("x_test", p), ("y_test", t), ("candidates", bands)])
alphas = np.logspace(0, 6, 10)


def cpu():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def r2(predicted):
    error = ((y_test - np.asarray(predicted)) ** 2).sum(0)
    return float((1 - error / ((y_test - y_test.mean(0)) ** 2).sum(0)).mean())


def report(name, model, score=lambda model: float("nan"), data=(x, x_test)):
    start, busy = time.perf_counter(), cpu()
    model.fit(data[0], y)
    wall, busy = time.perf_counter() - start, cpu() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{wall} {busy} {r2(model.predict(data[1]))} {score(model)} {peak} {name}", flush=True)


def himalaya_ways():
    """Each with its backend, constructor and fastest batches."""
    folds = KFold(5) if SKLEARN else 5
    if problem == "ridge":
        yield "himalaya RidgeCV, 500 targets and 1 alpha a batch", "numpy", himalaya.ridge.RidgeCV(
            alphas=alphas, cv=folds, fit_intercept=False,
            solver_params=dict(n_targets_batch=500, n_alphas_batch=1))
    if problem == "kernel":
        yield "himalaya KernelRidgeCV", "numpy", himalaya.kernel_ridge.KernelRidgeCV(
            alphas=alphas, cv=folds, kernel="linear")
    if problem == "banded":
        yield "himalaya GroupRidgeCV", "numpy", himalaya.ridge.GroupRidgeCV(
            groups=np.repeat(np.arange(bands), p // bands), cv=folds, fit_intercept=False,
            solver_params=dict(alphas=alphas, n_iter=candidates, progress_bar=False))
    try:
        import torch  # noqa: F401
    except ImportError:
        return
    if problem == "kernel":
        yield "himalaya KernelRidgeCV, torch", "torch", himalaya.kernel_ridge.KernelRidgeCV(
            alphas=alphas, cv=folds, kernel="linear")


if HIMALAYA:
    for name, backend, model in himalaya_ways():
        set_backend(backend)
        report(name, model, lambda model: float(np.asarray(model.cv_scores_).mean()))
if SKLEARN and problem != "banded":
    report("scikit-learn RidgeCV, leave-one-out, alpha per target",
           sklearn.linear_model.RidgeCV(alphas=alphas, fit_intercept=False, alpha_per_target=True))
