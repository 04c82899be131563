"""How often the gate is red without a reason, and how soon it sees a fault: simulated nights, natural counts.

    python -m benchmarks.gate [--years 10] [--seed 20260301] [--json FILE]

A fleet has 40 sites from 2 to 500 articles a day; a small one has 4. Their counts are Poisson around a level with a
weekly rhythm of each site's own (two have no Sunday, one comes once a week), a factor that all share on a night
(holidays are a third), noise of each site from night to night (15 % of its articles), and days on which a site
runs half as many again. Shares of articles (undated, short, leftover, ...) have a level for each site and noise;
one site has a third of its pages undated on one night in ten. Measured is the judge of copydesk/gate itself.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measured import cpu_seconds
from copydesk import gate
from copydesk.gate.findings import unexplained
from copydesk.gate.history import COUNTED, History, Measure
from copydesk.gate.limits import LIMITS
from copydesk.gate.verdict import Finding

FIRST = dt.date(2025, 1, 1)
SIZES = (
    2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 22, 25, 28, 30, 33, 36, 40, 45, 50,
    55, 60, 65, 70, 80, 90, 100, 110, 120, 130, 150, 170, 200, 220, 250, 280, 320, 380, 440, 500,
)  # fmt: skip
SMALL = (6, 25, 60, 150)
WEEK = (1.0, 1.05, 1.05, 1.0, 0.95, 0.6, 0.5)  # Monday to Sunday: what 40 sites have in common
NIGHT_NOISE = 0.15  # of a site's count from night to night, beyond chance
HOLIDAYS = 12  # a year
USUAL_SHARES = {  # of a site's articles: the lowest and the highest level
    "short_by_site": (0.01, 0.15),
    "cut_by_site": (0.05, 0.35),
    "endings_by_site": (0.0, 0.05),
    "undated_by_site": (0.0, 0.2),
    "future_by_site": (0.0, 0.01),
    "garbled_by_site": (0.0, 0.03),
}
SHARE_NOISE = 0.06  # standard deviation of a share's level on the scale of arcsines, from night to night
WITHIN = 2  # nights after the first that count as "within three"

Fault = Callable[["Nights", int, int], None]  # changes numbers of a site from a night on


@dataclass
class Nights:
    """The simulated numbers: counts and median lengths (site, night), shares (site, night) by measure."""

    days: list[dt.date]
    counts: npt.NDArray[np.float64]
    words: npt.NDArray[np.float64]
    shares: dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Detection:
    """How many planted faults of a kind were seen on the first night and within three, by size of the site."""

    fault: str
    sites: str
    planted: int
    at_once: float
    within_three: float


@dataclass(frozen=True)
class Figures:
    """What the simulation says."""

    nights: int
    red_nights: int
    by_measure: dict[str, int]
    detections: tuple[Detection, ...]
    small_nights: int
    small_red_nights: int
    cpu_ms_per_night: float


def main() -> None:
    """Print the figures as Markdown, and write them as JSON where asked."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--years", type=int, default=10, help="of nights; each year is a fleet of its own")
    told.add_argument("--seed", type=int, default=20260301)
    told.add_argument("--json", type=Path)
    options = told.parse_args()
    figures = measure(options.years, options.seed)
    print(_shown(figures))
    if options.json:
        options.json.write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")


def measure(years: int, seed: int) -> Figures:
    """Give the false alarms of so many years, and the detection of faults planted in them."""
    start = cpu_seconds()
    reds: list[list[str]] = []
    planted: list[tuple[str, int, int]] = []
    for year in range(years):
        chance = np.random.default_rng([seed, year])
        nights = simulated(chance, SIZES, 365)
        reds += [judged(nights, night) for night in range(LIMITS.fewest, 365)]
        planted += list(_planted(chance, nights))
    spent = cpu_seconds() - start
    small = [
        judged(nights, night)
        for year in range(years)
        for nights in [simulated(np.random.default_rng([seed, year, 4]), SMALL, 365)]
        for night in range(LIMITS.fewest, 365)
    ]
    names = sorted({name for red in reds for name in red})
    return Figures(
        nights=len(reds),
        red_nights=sum(bool(red) for red in reds),
        by_measure={name: sum(name in red for red in reds) for name in names},
        detections=tuple(_detections(planted)),
        small_nights=len(small),
        small_red_nights=sum(bool(red) for red in small),
        cpu_ms_per_night=1000 * spent / (len(reds) + 3 * len(planted)),
    )


def simulated(chance: np.random.Generator, sizes: tuple[int, ...], count: int) -> Nights:
    """Give the numbers of a fleet over so many nights."""
    days = [FIRST + dt.timedelta(night) for night in range(count)]
    sites = len(sizes)
    week = np.array(WEEK) * chance.normal(1, 0.1, (sites, 7)).clip(0.3)
    if sites > 4:
        week[[3, 20], 6] = 0  # no Sunday
        week[12] = np.where(np.arange(7) == 3, 4, 0)  # once a week
    common = chance.lognormal(0, 0.08, count)
    common[chance.choice(count, HOLIDAYS * count // 365, replace=False)] *= 0.35
    drift = np.exp(np.cumsum(chance.normal(0, 0.01, (sites, count)), axis=1))
    burst = np.where(chance.random((sites, count)) < 0.01, 1.5, 1)
    level = np.array(sizes)[:, None] * week[:, [day.weekday() for day in days]] * common * drift * burst
    noise = chance.gamma(1 / NIGHT_NOISE**2, NIGHT_NOISE**2, (sites, count))
    counts = chance.poisson(level * noise).astype(float)
    shares = {name: _shares(chance, counts, low, high) for name, (low, high) in USUAL_SHARES.items()}
    usual_words = chance.uniform(150, 700, (sites, 1))
    spread = np.sqrt(0.8**2 * 1.57 / np.maximum(counts, 1) + 0.05**2)
    words = np.where(counts > 0, usual_words * np.exp(chance.normal(0, spread)), np.nan)
    undated = shares["undated_by_site"][-1]
    undated[:] = np.where(chance.random(count) < 0.1, np.maximum(undated, 0.3), undated)
    return Nights(days, counts, words, shares)


def _shares(
    chance: np.random.Generator, counts: npt.NDArray[np.float64], low: float, high: float
) -> npt.NDArray[np.float64]:
    angle = 2 * np.arcsin(np.sqrt(chance.uniform(low, high, (len(counts), 1))))
    level = np.square(np.sin(np.clip(angle + chance.normal(0, SHARE_NOISE, counts.shape), 0, np.pi) / 2))
    with np.errstate(invalid="ignore"):
        found: npt.NDArray[np.float64] = chance.binomial(counts.astype(int), level) / counts
    return found


def judged(nights: Nights, night: int) -> list[str]:
    """Give the measures that have findings on a night."""
    return sorted({each.measure for each in _findings(nights, night)})


def _findings(nights: Nights, night: int) -> Iterator[Finding]:
    window = slice(max(night - LIMITS.editions, 0), night + 1)
    days = tuple(nights.days[window])
    subjects = tuple(f"{site:03d}" for site in range(len(nights.counts)))
    counts = nights.counts[:, window]
    ones = np.ones_like(counts)
    for each in gate.measures():
        yield from unexplained(each, _history(each, nights, days, subjects, window, counts, ones))


def _history(
    measure_: Measure,
    nights: Nights,
    days: tuple[dt.date, ...],
    subjects: tuple[str, ...],
    window: slice,
    counts: npt.NDArray[np.float64],
    ones: npt.NDArray[np.float64],
) -> History:
    """Give the numbers of one measure in a window of nights."""
    if measure_.name == "articles_by_site":
        return History(days, subjects, counts, ones)
    if measure_.name == "words_by_site":
        return History(days, subjects, nights.words[:, window], counts)
    if measure_.name in nights.shares:
        return History(days, subjects, nights.shares[measure_.name][:, window], counts)
    total = counts.sum(axis=0, keepdims=True)
    if measure_.name == "articles_by_language":
        languages = np.stack([counts[0::4].sum(axis=0), counts[1::2].sum(axis=0), counts[2::4].sum(axis=0)])
        return History(days, ("de", "en", "fr"), languages, np.ones_like(languages))
    if measure_.kind in COUNTED:
        return History(days, ("all",), total, np.ones_like(total))
    return History(days, ("all",), np.full_like(total, 0.02), total)


def _missing(nights: Nights, site: int, night: int) -> None:
    nights.counts[site, night:] = 0
    for numbers in (nights.words, *nights.shares.values()):
        numbers[site, night:] = np.nan


def _halved(nights: Nights, site: int, night: int) -> None:
    nights.counts[site, night:] = np.floor(nights.counts[site, night:] / 2)


def _tenfold(nights: Nights, site: int, night: int) -> None:
    nights.counts[site, night:] *= 10


def _to(name: str, share: float) -> Fault:
    def fault(nights: Nights, site: int, night: int) -> None:
        shares = nights.shares[name]
        rest = shares[site, night:]
        of = nights.counts[site, night:]
        with np.errstate(invalid="ignore"):
            shares[site, night:] = np.maximum(rest, np.round(share * of) / of)

    return fault


def _cut_into(nights: Nights, site: int, night: int) -> None:
    nights.words[site, night:] /= 5


FAULTS: dict[str, Fault] = {
    "site missing": _missing,
    "site halved": _halved,
    "site ten times": _tenfold,
    "encoding broken (80 % of the articles)": _to("garbled_by_site", 0.8),
    "leftovers back (90 % end in one)": _to("endings_by_site", 0.9),
    "dates gone": _to("undated_by_site", 1.0),
    "a fifth of each text": _cut_into,
}


def _planted(chance: np.random.Generator, nights: Nights) -> Iterator[tuple[str, int, int]]:
    """Give fault, level of the site and the night on which it was seen (counted from 0; -1: not within three)."""
    for name, fault in FAULTS.items():
        for site in chance.choice(len(SIZES), 16, replace=False):
            night = int(chance.integers(LIMITS.editions, 360))
            if site == 12 or (nights.counts[site, night] == 0 and nights.days[night].weekday() == 6):
                continue  # nothing was due that night
            window = slice(night - LIMITS.editions, night + WITHIN + 1)
            copy = Nights(
                nights.days[window],
                nights.counts[:, window].copy(),
                nights.words[:, window].copy(),
                {measure_: shares[:, window].copy() for measure_, shares in nights.shares.items()},
            )
            fault(copy, int(site), LIMITS.editions)
            seen = (
                after
                for after in range(WITHIN + 1)
                if f"{site:03d}" in {each.subject for each in _findings(copy, LIMITS.editions + after)}
            )
            yield name, SIZES[site], next(seen, -1)


def _detections(planted: list[tuple[str, int, int]]) -> Iterator[Detection]:
    for name in FAULTS:
        for low, high in ((2, 9), (10, 49), (50, 500)):
            seen = [after for fault, size, after in planted if fault == name and low <= size <= high]
            yield Detection(
                name,
                f"{low} to {high} a day",
                len(seen),
                sum(after == 0 for after in seen) / max(len(seen), 1),
                sum(after >= 0 for after in seen) / max(len(seen), 1),
            )


def _shown(figures: Figures) -> str:
    head = (
        f"{_of(figures.red_nights, figures.nights)} sound nights red; a fleet of four sites"
        f" {_of(figures.small_red_nights, figures.small_nights)}; {figures.cpu_ms_per_night:.1f} CPU ms a night"
    )
    lines = [head, "", *(f"- {name}: {count}" for name, count in figures.by_measure.items())]
    lines += ["", "| fault | site | planted | seen at once | within three nights |", "|---|---|---:|---:|---:|"]
    lines += [
        f"| {each.fault} | {each.sites} | {each.planted} | {each.at_once:.0%} | {each.within_three:.0%} |"
        for each in figures.detections
    ]
    return "\n".join(lines)


def _of(count: int, of: int) -> str:
    return f"{count} of {of} ({count / of:.2%})"


if __name__ == "__main__":
    main()
