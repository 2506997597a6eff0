"""Whether a difference between two forecasts is more than luck.

statsmodels is imported by the function that needs it: it takes a second, and serving does without.
"""

import numpy as np

from ai.evaluation.scores import BoolArray
from ai.meta import Floats


def better(loss: Floats, other: Floats) -> float:
    """The probability of a lead this large by luck: is mean `loss` below mean `other`? One-sided.

    The test of Diebold and Mariano (1995) for one step ahead, with the correction for small samples of
    Harvey, Leybourne and Newbold (1997). Two forecasts that never differ give 1: there is no lead.
    """
    from scipy.stats import t
    from statsmodels.tsa.stattools import diebold_mariano_test

    if len(loss) < 3 or np.ptp(loss - other) <= 1e-12 * float(np.abs(other).mean()):
        return 1.0
    # The losses are handed over as they are: the "forecast" is the loss, and its criterion the identity.
    result = diebold_mariano_test(
        np.zeros_like(loss), loss, other, criterion=lambda _, value: value, harvey_adj=True
    )
    return float(t.cdf(float(result.statistic), df=len(loss) - 1))


def corrected(probability: float, trials: int) -> float:
    """What is left of a probability after the best of `trials` was picked to be tested (Bonferroni).

    Bonferroni, because it holds whatever the trials have in common: the candidates learn from the same rows,
    so their losses move together, and corrections that count on independence (Šidák) or positive dependence
    (Hochberg) would have to be believed. Holm's is the same for the one hypothesis that is tested here.

    >>> corrected(0.01, 4)
    0.04
    """
    return min(1.0, probability * max(1, trials))


def kupiec(misses: BoolArray, rate: float) -> float:
    """Does the share of misses agree with `rate`? The probability of a difference this large by luck.

    Likelihood ratio of Kupiec (1995), chi-square with one degree of freedom.
    """
    from scipy.stats import chi2

    missed, total = int(np.sum(misses)), len(misses)
    if total == 0:
        return 1.0
    ratio = 2 * (_log_likelihood(missed, total, missed / total) - _log_likelihood(missed, total, rate))
    return float(chi2.sf(max(ratio, 0.0), df=1))


def christoffersen(misses: BoolArray) -> float:
    """Do misses come in clusters? The probability of clusters like these if they were independent.

    Likelihood ratio of Christoffersen (1998): after a miss, a miss is as likely as after a hit.
    """
    from scipy.stats import chi2

    series = np.asarray(misses, dtype=bool)
    if len(series) < 2:
        return 1.0
    before, after = series[:-1], series[1:]
    hit, miss = after[~before], after[before]
    apart = sum(
        _log_likelihood(int(part.sum()), len(part), float(part.mean())) for part in (hit, miss) if len(part)
    )
    together = _log_likelihood(int(after.sum()), len(after), float(after.mean()))
    return float(chi2.sf(max(2 * (apart - together), 0.0), df=1))


def _log_likelihood(events: int, total: int, rate: float) -> float:
    """Of `events` out of `total` independent ones at `rate`; 0 log 0 is 0."""
    value = 0.0
    if events:
        value += events * np.log(rate) if rate > 0 else -np.inf
    if total - events:
        value += (total - events) * np.log1p(-rate) if rate < 1 else -np.inf
    return float(value)
