# SPDX-License-Identifier: Apache-2.0
"""The Wiener log density and its slopes at 80 digits: python3 wiener_reference.py > wiener.tsv

The series are those of Navarro & Fuss (2009) eq. 5 and 6 as they stand, summed until terms vanish;
which of them is used turns at another time than in the framework, and on every row the other one
must agree where it converges. Drift variability is the Gaussian integral over the drift; slopes are
central differences with a step of 1e-30.
"""
import random
from mpmath import mp, mpf, exp, fabs, log, pi, sin, sqrt, nstr

mp.dps = 80
COLUMNS = ["v", "a", "z", "t0", "sv"]


def short_times(tau, w):
    total, k = mpf(0), 0
    while True:
        terms = [(w + 2 * j) * exp(-((w + 2 * j) ** 2 - w**2) / (2 * tau)) for j in {k, -k}]
        total += sum(terms)
        if k > 1 and max(fabs(t) for t in terms) < mpf(10) ** -(mp.dps + 20):
            return log(total) - w**2 / (2 * tau) - log(2 * pi * tau**3) / 2
        k += 1


def long_times(tau, w):
    total, k = mpf(0), 1
    while True:
        weight = k * exp(-(k**2 - 1) * pi**2 * tau / 2)
        total += weight * sin(k * pi * w)
        if weight < mpf(10) ** -(mp.dps + 20):
            return log(pi * total) - pi**2 * tau / 2
        k += 1


def log_density(rt, resp, v, a, z, t0, sv):
    t = rt - t0
    nu, w = (-v, 1 - z) if resp > 0 else (v, z)
    tau, spread = t / a**2, 1 + sv**2 * t
    g = short_times(tau, w) if tau < mpf("0.7") else long_times(tau, w)
    tilt = (sv**2 * a**2 * w**2 - 2 * nu * a * w - nu**2 * t) / (2 * spread)
    return g + tilt - 2 * log(a) - log(spread) / 2


def slopes(rt, resp, at):
    h, out = mpf(10) ** -30, []
    for i in range(5):
        up, down = list(at), list(at)
        up[i] += h
        down[i] -= h
        out.append((log_density(rt, resp, *up) - log_density(rt, resp, *down)) / (2 * h))
    return out


def rows():
    draw = random.Random(3)
    for i in range(360):
        kind = i % 6
        tau = 10 ** draw.uniform(-1.5, 1)
        z = draw.uniform(0.05, 0.95)
        if kind == 1:  # about the times where the series may turn
            tau = 0.3 * (1 + draw.choice([-1, 1]) * 10 ** draw.uniform(-12, -1))
        if kind == 2:
            tau = 10 ** draw.uniform(-4, 3)
        if kind in (3, 4):
            z = 10 ** draw.uniform(-6, -1)
            z = 1 - z if draw.random() < 0.5 else z
        if kind == 4:
            tau = 10 ** draw.uniform(-3, 2)
        if kind == 5:  # about the middle
            z = 0.5 + draw.choice([-1, 1]) * 10 ** draw.uniform(-12, -1)
        a = draw.uniform(0.3, 5)
        t0 = draw.choice([0.0, draw.uniform(0, 0.5)])
        sv = draw.choice([0.0, draw.uniform(0, 3), 1e-5])
        yield t0 + tau * a * a, draw.choice([-1, 1]), draw.uniform(-8, 8), a, z, t0, sv


print("\t".join(["rt", "resp", *COLUMNS, "logpdf"] + ["d_" + c for c in COLUMNS]))
for rt, resp, *at in rows():
    at = [mpf(x) for x in at]
    value = log_density(mpf(rt), resp, *at)
    tau, w = (mpf(rt) - at[3]) / at[1] ** 2, 1 - at[2] if resp > 0 else at[2]
    if mpf("0.02") < tau < 20:
        assert fabs(short_times(tau, w) - long_times(tau, w)) < mpf(10) ** -30
    numbers = [value, *slopes(mpf(rt), resp, at)]
    inputs = [repr(rt), str(resp), *(repr(float(x)) for x in at)]
    print("\t".join(inputs + [nstr(x, 20, min_fixed=-4, max_fixed=6) for x in numbers]))
