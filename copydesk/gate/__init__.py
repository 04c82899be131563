"""Is this edition plausible beside those before it? The gate between the checks and the pointer.

    measures  sql/gate/*.sql: one number per edition and subject (a site, a language, the edition), and its weight
    findings  numbers that the editions before the day do not explain
    verdict   what the run does about them: publish, hold, or publish with a person's reason

A query's comment says what its numbers are: `kind:` count, total, share or size; `side:` high where less is
no harm; `says:` what is counted; `of:` what the subject is; `remedy:` what to do. docs/gate.md gives the method.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from copydesk import queries
from copydesk.gate.findings import unexplained
from copydesk.gate.history import History, Measure, history_of
from copydesk.gate.limits import LIMITS
from copydesk.gate.verdict import ACCEPTED, EARLY, HELD, PLAUSIBLE, UNJUDGED, Acceptance, Finding, Verdict
from copydesk.settings import Settings


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
        found += unexplained(measure, history, since=since)
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
