"""What is plausible: bands around what is usual, on scales on which chance does not depend on the level."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from copydesk.gate.history import History, Numbers
from copydesk.gate.limits import Limits

MAD_TO_SD = 1.4826  # of normal noise


@dataclass(frozen=True)
class _Scale:
    """How a kind of number is compared: on a scale where its noise does not depend on its level."""

    there: Callable[[Numbers], Numbers]
    back: Callable[[Numbers], Numbers]


_COUNT = _Scale(
    lambda seen: 2 * np.sqrt(np.maximum(seen, 0) + 3 / 8),  # Anscombe: chance alone has a standard deviation of 1
    lambda scaled: np.maximum(np.square(np.maximum(scaled, 0) / 2) - 3 / 8, 0),
)
_SHARE = _Scale(
    lambda seen: 2 * np.arcsin(np.sqrt(np.clip(seen, 0, 1))),  # chance alone: 1 / sqrt(articles)
    lambda scaled: np.square(np.sin(np.clip(scaled, 0, np.pi) / 2)),
)
_SIZE = _Scale(lambda seen: np.log(np.maximum(seen, 1)), np.exp)


@dataclass(frozen=True)
class Band:
    """What is plausible for each subject."""

    seen: Numbers
    usual: Numbers
    low: Numbers
    high: Numbers

    def of(self, place: int) -> tuple[float, float, float, float]:
        """Give the numbers of one subject: seen, usual, low, high."""
        return float(self.seen[place]), float(self.usual[place]), float(self.low[place]), float(self.high[place])

    def joined(self, other: Band) -> Band:
        """Give the band of what is plausible in either; where one knows nothing, the other's."""
        return Band(self.seen, self.usual, np.fmin(self.low, other.low), np.fmax(self.high, other.high))


def count_band(
    history: History, nights: int, starts: Sequence[dt.date | None], limits: Limits, least: float
) -> Band:
    """Give what is plausible for the sum of the last `nights` counts.

    Each night has a factor that all subjects share; a subject's weekday has a say beside all its nights. `least` is
    the noise that a count has from night to night, whatever its history shows.
    """
    seen, width = history.seen, len(history.nights)
    last = np.arange(width - nights, width)
    common = _common(seen, limits)
    scaled = _COUNT.there(seen / common)
    base = np.arange(width) < width - nights if nights > 1 else np.arange(width) < width - 1
    centre = _median(scaled[:, base])
    spread = MAD_TO_SD * _median(np.abs(scaled[:, base] - centre[:, None]))
    noise = np.maximum(least**2, (np.square(spread) - 1) / np.maximum(_COUNT.back(centre), 1))
    sums = np.nansum(seen[:, last], axis=1)

    def band(levels: Numbers, below: float, more: float) -> Band:
        usual = (levels * common[last]).sum(axis=1)
        sd = np.sqrt(1 + noise * usual / nights)
        low, high = (_COUNT.back(_COUNT.there(usual) + width * sd) for width in (-below, more))
        return Band(sums, usual, low, high)

    level = np.repeat(_COUNT.back(centre)[:, None], nights, axis=1)
    days = np.array([night.weekday() for night in history.nights])
    weekday = np.stack([_mean(scaled[:, base & (days == days[each])]) for each in last], axis=1)
    on_weekday = np.where(np.isnan(weekday), level, _COUNT.back(weekday))
    after = np.repeat(_COUNT.back(_after(scaled, history.nights, starts))[:, None], nights, axis=1)
    below = limits.below if nights == 1 else limits.lasting
    found = band(level, below, limits.more).joined(band(on_weekday, limits.weekday, limits.more))
    return found.joined(band(after, below, limits.more))


def level_band(history: History, nights: int, starts: Sequence[dt.date | None], kind: str, limits: Limits) -> Band:
    """Give what is plausible for the last `nights` shares or sizes, taken together by their weights.

    What two editions had before is no news, however rare: some sites bring their oddities in bursts.
    """
    scale, each, drift = {
        "share": (_SHARE, 1.0, limits.share_noise),
        "size": (_SIZE, limits.article_noise, limits.size_noise),
    }[kind]
    seen, weight, width = history.seen, history.weight, len(history.nights)
    base, last = np.arange(width) < width - nights, np.arange(width) >= width - nights
    scaled = scale.there(seen)
    centre = _median(scaled[:, base])
    spread = MAD_TO_SD * _median(np.abs(scaled[:, base] - centre[:, None]))
    total = weight[:, last].sum(axis=1)
    noise = np.sqrt(np.maximum(each**2 / np.maximum(total, 1) + drift**2, np.square(spread)))
    noise[total < limits.articles] = np.inf

    def band(level: Numbers, width: float) -> Band:
        low, high = scale.back(level - width * noise), scale.back(level + width * noise)
        return Band(_pooled(seen, weight, last, scale), scale.back(level), low, high)

    reach = limits.shift if nights == 1 else limits.lasting
    days = np.array([night.weekday() for night in history.nights])
    found = band(centre, reach).joined(band(scale.there(_pooled(seen, weight, base, scale)), reach))
    found = found.joined(band(_mean(scaled[:, base & (days == days[-1])]), limits.weekday))
    found = found.joined(band(np.sort(np.nan_to_num(scaled[:, base]), axis=1)[:, -2], limits.weekday))
    return found.joined(band(_after(scaled, history.nights, starts), reach))


def _pooled(seen: Numbers, weight: Numbers, chosen: npt.NDArray[np.bool_], scale: _Scale) -> Numbers:
    """Give the share of all articles of the chosen editions together, or their mean on the scale of sizes."""
    numbers, of = seen[:, chosen], np.where(np.isnan(seen[:, chosen]), 0, weight[:, chosen])
    if scale is _SIZE:
        numbers = scale.there(numbers)
    with np.errstate(invalid="ignore"):
        mean: Numbers = (np.nan_to_num(numbers) * of).sum(axis=1) / of.sum(axis=1)
    return scale.back(mean) if scale is _SIZE else mean


def _after(scaled: Numbers, nights: Sequence[dt.date], starts: Sequence[dt.date | None]) -> Numbers:
    """Give what is usual since a person accepted a number; unknown where nobody did."""
    days = np.array([night.toordinal() for night in nights[:-1]])
    since = np.array([start.toordinal() if start else np.iinfo(np.int64).max for start in starts])
    return _median(np.where(days[None, :] >= since[:, None], scaled[:, :-1], np.nan))


def _common(seen: Numbers, limits: Limits) -> Numbers:
    """Give by which factor each edition is larger than usual for all: the median of the subjects, 1 where few."""
    usual = _median(seen[:, :-1])
    is_large = usual >= limits.common_count
    if is_large.sum() < limits.common_sites:
        return np.ones(seen.shape[1])
    factor = _median((seen[is_large] / usual[is_large, None]).T)
    return np.clip(np.nan_to_num(factor, nan=1.0), 1 / limits.common_most, limits.common_most)


def _median(numbers: Numbers) -> Numbers:
    """Give the median of each row's known numbers; unknown where there is none."""
    return _of_known(numbers, np.nanmedian)


def _mean(numbers: Numbers) -> Numbers:
    return _of_known(numbers, np.nanmean)


def _of_known(numbers: Numbers, summary: Callable[..., Any]) -> Numbers:
    found = np.full(len(numbers), np.nan)
    is_known = (~np.isnan(numbers)).any(axis=1)
    if is_known.any():
        found[is_known] = summary(numbers[is_known], axis=1)
    return found
