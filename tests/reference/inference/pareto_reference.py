# SPDX-License-Identifier: Apache-2.0
# Makes pareto_reference.json with ArviZ's fit of the generalised Pareto distribution and its
# Pareto-smoothed importance sampling, and with SciPy's maximum likelihood.
import json

import numpy as np
from arviz_stats.base.diagnostics import _DiagnosticsBase
from scipy.stats import genpareto, norm

diagnostics = _DiagnosticsBase()
shapes = []
for k, n in [(-0.4, 95), (0.1, 95), (0.5, 95), (0.9, 300), (1.4, 300)]:
    p = (np.arange(1, n + 1) - 0.5) / n
    x = np.expm1(-k * np.log1p(-p)) / k  # the distribution's own quantiles
    shapes.append(dict(shape=k, count=n, arviz=diagnostics._gpdfit(x)[0],
                       maximum_likelihood=genpareto.fit(x, floc=0)[0]))
weights = []
for scale in [0.3, 1.0, 2.0, 4.0]:
    p = (np.arange(1, 901) - 0.5) / 900  # a tail of 90: ArviZ rounds 3√S down, the paper up
    log_weights = scale * norm.ppf(p)  # log-normal weights
    weights.append(dict(scale=scale, count=900, arviz=diagnostics._psislw(log_weights, 1.0)[1]))
with open("pareto_reference.json", "w") as file:
    json.dump(dict(shapes=shapes, log_normal_weights=weights), file, indent=1, default=float)
