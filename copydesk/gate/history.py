"""What is measured, and its numbers in all editions that are compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copydesk.gate.limits import LIMITS

Numbers = npt.NDArray[np.float64]
Row = tuple[dt.date, str, float, float]  # edition, subject, number, weight
COUNTED = frozenset({"count", "total"})


@dataclass(frozen=True)
class Measure:
    """One query of sql/gate, with what its comment says of its numbers."""

    name: str
    text: str
    kind: str  # count, total (of all sites), share or size
    says: str
    of: str
    remedy: str
    side: str = "both"  # or high


@dataclass(frozen=True)
class History:
    """Numbers of one measure: a row per subject, a column per edition, the oldest first and the judged one last.

    Unknown is not-a-number: a share of no articles, or an edition before the subject's first.
    """

    nights: tuple[dt.date, ...]
    subjects: tuple[str, ...]
    seen: Numbers
    weight: Numbers

    @property
    def early(self) -> npt.NDArray[np.bool_]:
        """Tell which subjects have too few editions for a verdict."""
        found: npt.NDArray[np.bool_] = (~np.isnan(self.seen[:, :-1])).sum(axis=1) < LIMITS.fewest
        return found


def history_of(measure: Measure, rows: Sequence[Row], nights: Sequence[dt.date]) -> History:
    """Give the numbers of a measure in the order of the editions; counts that are not there are 0."""
    column = {night: place for place, night in enumerate(nights)}
    subjects = sorted({subject for _, subject, _, _ in rows})
    line = {subject: place for place, subject in enumerate(subjects)}
    seen = np.full((len(subjects), len(nights)), np.nan)
    weight = np.zeros_like(seen)
    for night, subject, number, of in rows:
        place = line[subject], column[night]
        seen[place], weight[place] = number, of
    if measure.kind in COUNTED:
        is_begun = np.maximum.accumulate(~np.isnan(seen), axis=1)
        seen = np.where(is_begun & np.isnan(seen), 0.0, seen)
    return History(tuple(nights), tuple(subjects), seen, weight)
