"""The numbers of the gate: when something is a finding."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """When a number is a finding. Evidence: 2,160 simulated nights, `python -m benchmarks.gate`, docs/gate.md."""

    editions: int = 14  # two of each weekday; the median forgets a change in a week
    fewest: int = 5  # the median of five survives two wrong editions
    together: int = 3  # a site that is halved shows in the sum of three nights (noise 0.58 of a night's)
    below: float = 5.0  # standard deviations; at 4, with smaller floors, one sound night in four was red
    shift: float = 5.0  # of shares and sizes
    more: float = 10.0  # of counts above: too many articles are no loss, and big news doubles a site
    weekday: float = 2.5  # around the level of the same weekday, which excuses what a site does every Sunday
    lasting: float = 4.5  # of nights together
    count_noise: float = 0.15  # of a site's articles from night to night, beyond chance, whatever its history shows
    total_noise: float = 0.25  # of all together: no other subject tells a holiday (a third) from a loss
    share_noise: float = 0.2  # on the scale of arcsines: what a share changes by itself; 0 to 4 %, 50 to 60 %
    size_noise: float = 0.1  # of the logarithm of a median length
    articles: int = 5  # fewer tell nothing of a share or a size
    article_noise: float = 1.0  # of the logarithm of one article's length
    common_sites: int = 5  # so many subjects with `common_count` tell what all have in common: a Sunday, a holiday
    common_count: float = 10.0
    common_most: float = 4.0  # a night with a quarter or four times of all is judged as one with a quarter or four
    quarantined: int = 20  # records: fewer say nothing of a reader that is broken


LIMITS = Limits()
