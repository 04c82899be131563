"""Is this edition plausible beside those before it? The gate between the checks and the pointer.

    measures  sql/gate/*.sql: one number per edition and subject (a site, a language, the edition), and its weight
    findings  numbers that the editions before the day do not explain
    verdict   what the run does about them: publish, hold, or publish with a person's reason

A query's comment says what its numbers are: `kind:` count, total, share or size; `side:` high where less is
no harm; `says:` what is counted; `of:` what the subject is; `remedy:` what to do. docs/gate.md gives the method.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from copydesk import queries
from copydesk.settings import Settings

Numbers = npt.NDArray[np.float64]
Row = tuple[dt.date, str, float, float]  # edition, subject, number, weight

MAD_TO_SD = 1.4826  # of normal noise
SHOWN = 20  # findings in a message; all are in gate.json of the held version
COUNTED = frozenset({"count", "total"})
OFF, EARLY, PLAUSIBLE, ACCEPTED, HELD = "off", "too early", "plausible", "accepted", "held"


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
class Finding:
    """One number that the editions before do not explain; `editions` says of how many nights together."""

    measure: str
    subject: str
    seen: float
    usual: float
    low: float
    high: float
    editions: int
    text: str


@dataclass(frozen=True)
class Acceptance:
    """What a person let pass in an edition, and why; kept in the manifest."""

    edition: str
    reason: str
    findings: tuple[tuple[str, str], ...]  # measure and subject

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Acceptance:
        """Give it as a manifest tells it."""
        return cls(
            told["edition"], told["reason"], tuple((measure, subject) for measure, subject in told["findings"])
        )


@dataclass(frozen=True)
class Verdict:
    """What the gate says of an edition."""

    state: str
    editions: int = 0  # compared with
    numbers: int = 0  # judged
    findings: tuple[Finding, ...] = ()
    early: tuple[str, ...] = ()  # sites with too few editions for a verdict
    reason: str = ""  # a person's, where findings were accepted

    def to_lines(self) -> list[str]:
        """Give what the report says."""
        head = {
            OFF: "off (setting gate)",
            EARLY: f"no verdict, {self.editions} editions to compare with, {LIMITS.fewest} needed",
            PLAUSIBLE: f"plausible beside {self.editions} editions, {self.numbers} figures",
            ACCEPTED: f"{_findings(len(self.findings))} accepted: {self.reason}",
            HELD: f"{_findings(len(self.findings))}, not published",
        }[self.state]
        early = f"no verdict yet, fewer than {LIMITS.fewest} editions: {_some(self.early)}"
        return [f"gate: {head}", *self.shown(), *([f"  {early}"] if self.early else [])]

    def shown(self) -> list[str]:
        """Give a line for each finding, up to SHOWN."""
        more = len(self.findings) - SHOWN
        return [f"  {each.text}" for each in self.findings[:SHOWN]] + ([f"  and {more} more"] if more > 0 else [])


UNJUDGED = Verdict(OFF)


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


@dataclass(frozen=True)
class _Band:
    """What is plausible for each subject."""

    seen: Numbers
    usual: Numbers
    low: Numbers
    high: Numbers

    def of(self, place: int) -> tuple[float, float, float, float]:
        """Give the numbers of one subject: seen, usual, low, high."""
        return float(self.seen[place]), float(self.usual[place]), float(self.low[place]), float(self.high[place])

    def joined(self, other: _Band) -> _Band:
        """Give the band of what is plausible in either; where one knows nothing, the other's."""
        return _Band(self.seen, self.usual, np.fmin(self.low, other.low), np.fmax(self.high, other.high))


def judge(
    connection: duckdb.DuckDBPyConnection,
    day: dt.date,
    settings: Settings,
    *,
    accepted: Sequence[Acceptance] = (),
    reason: str = "",
) -> Verdict:
    """Give the verdict about the edition of a day beside those before it, all in the tables of the connection.

    `accepted` is what persons let pass before; `reason` why one does so now.
    """
    if not settings.gate:
        return UNJUDGED
    flooded = _flooded(connection, day, settings.gate_quarantine)
    nights = _nights(connection, day)
    judged = [] if len(nights) <= LIMITS.fewest else [_measured(connection, each, nights) for each in measures()]
    found = [*flooded]
    for measure, history in judged:
        since = {
            subject: dt.date.fromisoformat(each.edition)
            for each in sorted(accepted, key=lambda each: each.edition)
            for name, subject in each.findings
            if name == measure.name and each.edition < day.isoformat()
        }
        found += findings(measure, history, since=since)
    early = [
        subject
        for measure, history in judged
        if measure.name == "articles_by_site"
        for subject, is_early, seen in zip(history.subjects, history.early, history.seen[:, -1], strict=True)
        if is_early and seen > 0
    ]
    before = next((each for each in accepted if each.edition == day.isoformat()), None)
    known = set(before.findings) if before else set()
    fresh = [each for each in found if (each.measure, each.subject) not in known]
    return Verdict(
        _state(found=bool(found), is_held=bool(fresh) and not reason, is_judged=bool(judged)),
        editions=len(nights) - 1,
        numbers=sum(int((~history.early).sum()) for _, history in judged),
        findings=tuple(found),
        early=tuple(early),
        reason=(reason if fresh else before.reason if before else "") if found else "",
    )


def _state(*, found: bool, is_held: bool, is_judged: bool) -> str:
    if found:
        return HELD if is_held else ACCEPTED
    return PLAUSIBLE if is_judged else EARLY


def acceptance(verdict: Verdict, day: dt.date) -> tuple[Acceptance, ...]:
    """Give what the manifest keeps of a verdict: what a person let pass, if anything."""
    if verdict.state != ACCEPTED:
        return ()
    names = tuple(sorted({(each.measure, each.subject) for each in verdict.findings}))
    return (Acceptance(day.isoformat(), verdict.reason, names),)


def measures() -> list[Measure]:
    """Give the queries of sql/gate, ordered by name."""
    return [Measure(each.name, each.text, **each.meanings) for each in queries.load("gate")]


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


def findings(
    measure: Measure,
    history: History,
    *,
    since: Mapping[str, dt.date] | None = None,
    limits: Limits = LIMITS,
) -> list[Finding]:
    """Give the numbers of the last edition, or of the last ones together, that those before do not explain.

    `since` names subjects whose numbers a person accepted in an edition: what is usual from that one on is
    plausible, too.
    """
    if not history.subjects:
        return []
    width = len(history.nights)
    starts = [since.get(subject) if since else None for subject in history.subjects]
    found: dict[str, Finding] = {}
    for nights in (1, limits.together):
        if width - nights < limits.fewest or (measure.kind == "total" and nights > 1):
            continue
        if measure.kind in COUNTED:
            noise = limits.count_noise if measure.kind == "count" else limits.total_noise
            band = _count_band(history, nights, starts, limits, noise)
        else:
            band = _level_band(history, nights, starts, measure.kind, limits)
        is_low = (band.seen < band.low) & (measure.side != "high")
        is_high = (band.seen > band.high) & (nights == 1 or measure.kind not in COUNTED)
        for place in np.flatnonzero((is_low | is_high) & ~history.early):
            subject = history.subjects[place]
            found.setdefault(subject, _finding(measure, subject, band.of(int(place)), nights))
    return [found[subject] for subject in sorted(found)]


def _count_band(
    history: History, nights: int, starts: Sequence[dt.date | None], limits: Limits, least: float
) -> _Band:
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

    def band(levels: Numbers, below: float, more: float) -> _Band:
        usual = (levels * common[last]).sum(axis=1)
        sd = np.sqrt(1 + noise * usual / nights)
        low, high = (_COUNT.back(_COUNT.there(usual) + width * sd) for width in (-below, more))
        return _Band(sums, usual, low, high)

    level = np.repeat(_COUNT.back(centre)[:, None], nights, axis=1)
    days = np.array([night.weekday() for night in history.nights])
    weekday = np.stack([_mean(scaled[:, base & (days == days[each])]) for each in last], axis=1)
    on_weekday = np.where(np.isnan(weekday), level, _COUNT.back(weekday))
    after = np.repeat(_COUNT.back(_after(scaled, history.nights, starts))[:, None], nights, axis=1)
    below = limits.below if nights == 1 else limits.lasting
    found = band(level, below, limits.more).joined(band(on_weekday, limits.weekday, limits.more))
    return found.joined(band(after, below, limits.more))


def _level_band(
    history: History, nights: int, starts: Sequence[dt.date | None], kind: str, limits: Limits
) -> _Band:
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

    def band(level: Numbers, width: float) -> _Band:
        low, high = scale.back(level - width * noise), scale.back(level + width * noise)
        return _Band(_pooled(seen, weight, last, scale), scale.back(level), low, high)

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


def _nights(connection: duckdb.DuckDBPyConnection, day: dt.date) -> tuple[dt.date, ...]:
    """Give the days of the editions to compare with, and the day itself as the last."""
    rows = connection.execute(
        "select edition from editions where edition < ? and records > 0 order by edition desc limit ?",
        [day, LIMITS.editions],
    ).fetchall()
    return (*(night for (night,) in reversed(rows)), day)


def _measured(
    connection: duckdb.DuckDBPyConnection, measure: Measure, nights: tuple[dt.date, ...]
) -> tuple[Measure, History]:
    connection.execute("set variable gate_first = ?::date", [nights[0]])
    connection.execute("set variable gate_day = ?::date", [nights[-1]])
    rows = [row for row in connection.execute(measure.text).fetchall() if row[0] in nights]
    return measure, history_of(measure, rows, nights)


def _flooded(connection: duckdb.DuckDBPyConnection, day: dt.date, most: float) -> list[Finding]:
    """Give the finding of an edition that is mostly in quarantine: that needs no history."""
    rows = connection.execute(
        "select quarantined + unlisted_records, records from editions where edition = ?", [day]
    ).fetchall()
    return [_flood(bad, of, most) for bad, of in rows if bad >= LIMITS.quarantined and bad > most * of]


def _flood(bad: int, of: int, most: float) -> Finding:
    text = (
        f"{bad} of {of} records are in quarantine, more than gate_quarantine = {most:g} allows; read their reasons,"
        " and mend the source or the reader"
    )
    return Finding("quarantine_limit", "all", bad / of, most, 0.0, most, 1, text)


def _finding(measure: Measure, subject: str, numbers: tuple[float, float, float, float], nights: int) -> Finding:
    """Give the finding with its line: who, how many against how many, what to do."""
    seen, usual, low, high = (_shown(measure.kind, number) for number in _whole(measure.kind, numbers))
    who = measure.says if measure.of == "edition" else f"{measure.of} {subject}: {measure.says}"
    limit = f"at least {low}" if numbers[0] < numbers[2] else f"at most {high}"
    when = f" in {nights} editions together" if nights > 1 else ""
    text = f"{who} {seen}{when}, usual {usual}, plausible {limit}; {measure.remedy}"
    return Finding(measure.name, subject, *numbers, editions=nights, text=text)


def _whole(kind: str, numbers: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Give the numbers as they are shown: a count of 0.4 at least is 1 at least."""
    seen, usual, low, high = numbers
    return numbers if kind == "share" else (seen, usual, float(np.ceil(low)), float(np.floor(high)))


def _shown(kind: str, number: float) -> str:
    return f"{number:.1%}" if kind == "share" else f"{number:,.0f}"


def _findings(count: int) -> str:
    return f"{count} finding{'' if count == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
