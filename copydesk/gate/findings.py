"""Numbers outside their band, each with a line that says what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np

from copydesk.gate.bands import count_band, level_band
from copydesk.gate.history import COUNTED, History, Measure
from copydesk.gate.limits import LIMITS, Limits
from copydesk.gate.verdict import Finding


def unexplained(
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
            band = count_band(history, nights, starts, limits, noise)
        else:
            band = level_band(history, nights, starts, measure.kind, limits)
        is_low = (band.seen < band.low) & (measure.side != "high")
        is_high = (band.seen > band.high) & (nights == 1 or measure.kind not in COUNTED)
        for place in np.flatnonzero((is_low | is_high) & ~history.early):
            subject = history.subjects[place]
            found.setdefault(subject, _finding(measure, subject, band.of(int(place)), nights))
    return [found[subject] for subject in sorted(found)]


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
