"""What the sources make of files, with the law of conservation checked."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from copydesk import sources
from copydesk.sources import Limits
from transforms.schemas import PAGES, QUARANTINE

EDITION = date(2026, 3, 2)


class Gathered(NamedTuple):
    """Pages, bad records, the number of all records, how many were repeated, and what was passed by."""

    pages: list[dict[str, Any]]
    bad: list[dict[str, Any]]
    records: int
    repeated: int
    passed: dict[str, int]

    def bodies(self) -> list[tuple[int, str]]:
        """Give where each page begins, and its text."""
        return [(page["source_offset"], page["body"]) for page in self.pages]

    def reasons(self) -> list[tuple[str, int, str]]:
        """Give the file name, with a member, where in it, and the first words of why."""
        return [
            (Path(row["source"]).name, row["source_offset"], row["reason"].partition(":")[0]) for row in self.bad
        ]


def gather(*paths: Path, limits: Limits = Limits()) -> Gathered:  # noqa: B008  frozen
    """Read the files; assert that nothing is lost and everything fits its table."""
    batches = list(sources.read(paths, edition=EDITION, limits=limits))
    passed: dict[str, int] = {}
    for batch in batches:
        batch.pages.validate(full=True)
        batch.quarantine.validate(full=True)
        assert (batch.pages.schema, batch.quarantine.schema) == (PAGES, QUARANTINE)
        assert batch.records == batch.pages.num_rows + batch.quarantine.num_rows + batch.repeated + batch.unlisted
        for what, times in batch.passed.items():
            told = what.removeprefix(f"{paths[0]}: ") if len(paths) == 1 else what
            passed[told] = passed.get(told, 0) + times
    return Gathered(
        [page for batch in batches for page in batch.pages.to_pylist()],
        [row for batch in batches for row in batch.quarantine.to_pylist()],
        sum(batch.records for batch in batches),
        sum(batch.repeated for batch in batches),
        passed,
    )


def written(path: Path, data: bytes) -> Path:
    """Write a file and give its path."""
    path.write_bytes(data)
    return path


def filled(row: dict[str, Any]) -> dict[str, Any]:
    """Give what a page's row says beside its id, edition, place and body."""
    left_out = {
        "page_id",
        "edition",
        "source",
        "source_offset",
        "body",
        "charset",
        "charset_method",
        "charset_confidence",
    }
    return {name: value for name, value in row.items() if value is not None and name not in left_out}
