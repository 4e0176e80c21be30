# SPDX-License-Identifier: Apache-2.0
"""Signals of the three learners at 40 digits: python3 learners_reference.py

Writes hgf.tsv, rescorla_wagner.tsv and pearce_hall.tsv. Each rule is written from its paper: the
two-level filter as variances (Mathys 2011, sigma2 = 1/(1/sigma_hat2 + sigma_hat1)), the value rules
as sums over all earlier errors. A cue has its own history, and a trial without an outcome is in
none. Slopes are central differences with a step of 1e-15.
"""
import random
from mpmath import mp, mpf, exp, fabs, nstr

mp.dps = 40


def hgf_trial(parameters, history, outcome):
    omega, mu, sigma = parameters
    for u in history + [outcome]:
        probability = 1 / (1 + exp(-mu))
        sigma_hat1 = probability * (1 - probability)
        sigma_hat2 = sigma + exp(omega)
        sigma_after = 1 / (1 / sigma_hat2 + sigma_hat1)
        error = None if u is None else u - probability
        signals = [probability, error or 0, sigma_hat2, sigma_after, sigma_after * (error or 0)]
        if error is not None:
            mu, sigma = mu + sigma_after * error, sigma_after
    return signals


def rescorla_wagner_trial(parameters, history, outcome):
    alpha, first = parameters
    value = first * (1 - alpha) ** len(history)
    for age, r in enumerate(reversed(history)):
        value += alpha * (1 - alpha) ** age * r
    return [value, 0 if outcome is None else outcome - value]


def pearce_hall_trial(parameters, history, outcome):
    kappa, eta, first, first_associability = parameters
    errors, value, associability = [], first, first_associability
    for r in history:
        errors.append(r - value)
        value = value + kappa * associability * errors[-1]
        n = len(errors)  # the associability as a weighted sum of all errors
        associability = first_associability * (1 - eta) ** n + eta * sum(
            (1 - eta) ** (n - 1 - k) * fabs(e) for k, e in enumerate(errors))
    return [value, 0 if outcome is None else outcome - value, associability]


RULES = {
    "hgf": (hgf_trial, ["omega", "mu0", "sigma0"],
            ["value", "prediction_error", "uncertainty", "learning_rate", "weighted_error"],
            [["-3", "0", "0.1"], ["0.5", "-1.25", "2"], ["-6", "0.75", "0.03125"]]),
    "rescorla_wagner": (rescorla_wagner_trial, ["alpha", "initial"], ["value", "prediction_error"],
                        [["0.25", "0.5"], ["0.9", "-1"], ["0.015625", "0"]]),
    "pearce_hall": (pearce_hall_trial, ["kappa", "eta", "initial", "initial_associability"],
                    ["value", "prediction_error", "associability"],
                    [["0.5", "0.25", "0.5", "1"], ["0.875", "0.9", "0.125", "0.5"],
                     ["0.125", "0.0625", "-0.5", "1.25"]]),
}
STEP = mpf(10) ** -15


def main():
    for rule, (trial, names, signals, cases) in RULES.items():
        draws = random.Random(rule)
        slopes = ["d_%s_d_%s" % (s, p) for s in signals for p in names]
        with open(rule + ".tsv", "w") as table:
            table.write("\t".join(["case"] + names + ["cue", "outcome"] + signals + slopes) + "\n")
            for number, case in enumerate(cases):
                parameters, histories = [mpf(p) for p in case], [[], [], []]
                for _ in range(40):
                    cue = draws.randrange(3)
                    seen = None if draws.random() < 0.1 else (
                        draws.randrange(2) if rule == "hgf" else mpf(draws.randrange(-64, 129)) / 64)
                    history = histories[cue]
                    row = trial(parameters, history, seen)
                    columns = []
                    for p in range(len(parameters)):
                        moved = [[q + d * (k == p) for k, q in enumerate(parameters)]
                                 for d in (STEP, -STEP)]
                        up, down = (trial(m, history, seen) for m in moved)
                        columns.append([(a - b) / (2 * STEP) for a, b in zip(up, down)])
                    text = [str(number)] + case + [str(cue), "nan" if seen is None else nstr(mpf(seen), 20)]
                    text += [nstr(mpf(v), 20) for v in row]
                    text += [nstr(mpf(columns[p][s]), 20)
                             for s in range(len(signals)) for p in range(len(parameters))]
                    table.write("\t".join(text) + "\n")
                    if seen is not None:
                        history.append(seen)


main()
