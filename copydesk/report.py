"""What a run tells: counts, tables, copies, quarantine and cost, as text for a terminal or as Markdown."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copydesk import catalog
from copydesk.catalog import NAME
from copydesk.gate.verdict import HELD, UNJUDGED, Verdict
from copydesk.settings import Settings
from copydesk.store import Manifest, Store
from copydesk.text import escape, markdown_table, printable

Row = dict[str, Any]

COUNTS = """
select
    records, pages, repeated_records, repeated_pages, forgotten_records, articles, cut_lines,
    quarantined + unlisted_records as quarantined,
    (
        select coalesce(sum(quarantine.records), 0)::bigint from quarantine
        where quarantine.edition = $edition and quarantine.is_dropped
    ) as dropped
from editions
where edition = $edition
"""
COUNTED = (
    "records",
    "pages",
    "repeated_records",
    "repeated_pages",
    "forgotten_records",
    "articles",
    "cut_lines",
    "quarantined",
    "dropped",
)
STORIES = "select count(distinct story_id) as stories from articles where edition = $edition"
MOST_COPIED = """
select title, site, articles, outlets, versions, copies, excerpts, updates, story_id from stories
where last_edition = $edition and articles > 1
order by articles desc, story_id
limit 10
"""
REASONS = """
select step, reason, count(*) as records, min(source) as example_source, min(source_offset) as example_offset
from quarantine
where edition = $edition
group by step, reason
order by records desc, step, reason
limit 50
"""
LEFTOVERS = """
select kind, sum(lines)::bigint as lines from leftovers
where edition = $edition
group by kind
order by lines desc, kind
"""
FIRST_QUERY = """\
select title, site, articles, outlets, versions, copies, excerpts, updates
from stories
order by articles desc, story_id
limit 5"""


@dataclass(frozen=True)
class Report:
    """One run: what was made of the edition, which version holds it, and what it cost."""

    edition: str
    version: int
    folder: str
    catalog: str
    counts: Mapping[str, int]
    stories: int
    tables: Sequence[Row]
    most_copied: Sequence[Row]
    reasons: Sequence[Row]
    leftovers: Sequence[Row]
    cost: Mapping[str, float]
    peak_mib: int
    skipped: Sequence[str] = ()
    pending: Sequence[str] = ()
    gate: Verdict = UNJUDGED
    waiting: str = ""  # an edition that the gate holds back

    @property
    def articles(self) -> int:
        """Give the number of articles of the edition."""
        return self.counts["articles"]

    @property
    def quarantined(self) -> int:
        """Give the number of records of the edition in quarantine."""
        return self.counts["quarantined"]

    @property
    def undecided(self) -> int:
        """Give the number of those that no person dropped."""
        return self.quarantined - self.counts["dropped"]

    def is_beyond(self, tolerance: float) -> bool:
        """Tell whether a file still waits, or a larger share of the records is in quarantine than is tolerated."""
        return bool(self.pending) or self.undecided > tolerance * max(self.counts["records"], 1)

    @property
    def is_held(self) -> bool:
        """Tell whether the gate held the edition back."""
        return self.gate.state == HELD

    def to_line(self) -> str:
        """Give the one line that an operator reads in the morning: every record is accounted for."""
        counts = self.counts
        if not counts["records"]:
            return f"edition {self.edition}: nothing to do, no input records; version {self.version} still holds"
        repeated = counts["repeated_records"] + counts["repeated_pages"]
        version = f"version {self.version}"
        version = f"not published, {version} still holds" if self.is_held else version
        return (
            f"edition {self.edition}: {counts['records']} records = {counts['articles']} articles"
            f" + {repeated} repeated + {counts['quarantined']} quarantined{self._forgotten()};"
            f" {self.stories} stories, {counts['cut_lines']} lines cut; {version}"
        )

    def _forgotten(self) -> str:
        count = self.counts["forgotten_records"]
        return f" + {count} forgotten" if count else ""

    def to_text(self) -> str:
        """Give the report for a terminal."""
        lines = [self.to_line(), *self._left_lines()]
        if not self.counts["records"]:
            return "\n".join(lines)
        lines += ["", f"tables in {self.folder}"]
        lines += [f"  {each['name']:<14}{each['rows']:>9,} rows {each['bytes']:>13,} bytes" for each in self.tables]
        lines += ["", *self._gate_lines(), "", *self._quarantine_lines()]
        spent = ", ".join(f"{step} {seconds:.1f}" for step, seconds in self.cost.items())
        lines += [f"CPU seconds: {spent}; largest worker {self.peak_mib} MiB", f"catalog: {self.catalog}"]
        return "\n".join(lines)

    def to_refusal(self) -> str:
        """Give what is said of an edition that the gate holds back: why, where it lies, what to do."""
        lines = [self.to_line(), *self._left_lines(), *self._gate_lines(), *self._quarantine_lines()]
        lines += [f"look at it: duckdb -readonly {shlex.quote(self.catalog)} (tables in {self.folder})"]
        lines += ['then mend its inputs and run it again, or publish it as it is: the same run with --accept "WHY"']
        return "\n".join(line for line in lines if line)

    def to_markdown(self) -> str:
        """Give the report as Markdown; text that came from pages is escaped."""
        counts = [{"count": name.replace("_", " "), "number": number} for name, number in self.counts.items()]
        parts = [
            f"# Edition {self.edition}",
            escape(" ".join([self.to_line(), *self._left_lines()])),
            markdown_table([*counts, {"count": "stories", "number": self.stories}]),
            "## Gate",
            escape("; ".join(line.strip() for line in self._gate_lines())),
            "## Leftovers",
            markdown_table(self.leftovers) or "None.",
            "## Most copied",
            markdown_table(self.most_copied) or "No story has copies.",
            "## Quarantine",
            markdown_table(self.reasons) or "Empty.",
        ]
        return "\n\n".join(parts) + "\n"

    def _left_lines(self) -> list[str]:
        told = {"still being written, the next run takes them: {} files such as": self.pending}
        told["not read, no pages: {} files or kinds of records such as"] = self.skipped
        return [f"{what.format(len(names))} {printable(names[0])}" for what, names in told.items() if names]

    def _gate_lines(self) -> list[str]:
        lines = [printable(line) for line in self.gate.to_lines()]
        if self.waiting:
            lines += [f'  held: edition {self.waiting}; mend its inputs and run it again, or with --accept "WHY"']
        return lines

    def _quarantine_lines(self) -> list[str]:
        if not self.reasons:
            return []
        shown = [
            f"  {each['records']} x {each['step']}: {each['reason']} ({each['example_source']}, offset"
            f" {each['example_offset']})"
            for each in self.reasons
        ]
        return ["in quarantine:", *map(printable, shown), ""]


def nothing(
    store: Store, manifest: Manifest, day: dt.date, *, skipped: Sequence[str], pending: Sequence[str]
) -> Report:
    """Give the report of a run that had no input record."""
    return Report(
        edition=day.isoformat(),
        version=manifest.version,
        folder=str(store.version_folder(manifest.version)),
        catalog=str(store.published / NAME),
        counts=dict.fromkeys(COUNTED, 0),
        stories=0,
        tables=(),
        most_copied=(),
        reasons=(),
        leftovers=(),
        cost={},
        peak_mib=0,
        skipped=skipped,
        pending=pending,
    )


def examine(published: Path, folder: Path, manifest: Manifest, day: dt.date) -> Report:
    """Give what the tables in `folder` tell of an edition, by the catalog in `published`."""
    with catalog.connect(published) as connection:

        def ask(query: str) -> list[Row]:
            answer = connection.execute(query, {"edition": day})
            names = [column[0] for column in answer.description]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

        return Report(
            edition=day.isoformat(),
            version=manifest.version,
            folder=str(folder),
            catalog=str(published / NAME),
            counts=ask(COUNTS)[0],
            stories=ask(STORIES)[0]["stories"],
            tables=[dict(each) for each in manifest.tables],
            most_copied=ask(MOST_COPIED),
            reasons=ask(REASONS),
            leftovers=ask(LEFTOVERS),
            cost={},
            peak_mib=0,
        )


def first_query(report: Report) -> str:
    """Give a query to begin with, its result, and the command that asks it."""
    from copydesk.inspect import table

    published = Path(report.catalog).parent
    root = published.parent
    where = "" if root == Settings().data else f" --data {shlex.quote(str(root))}"
    return f'copydesk sql{where} "\n{FIRST_QUERY}"\n\n{table(published, FIRST_QUERY, width=118)}'
