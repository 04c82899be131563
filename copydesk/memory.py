"""The site memory that an edition is judged by: from what persons decided, and from the editions before it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from typing import Any

from copydesk import decisions, folding, models, stage
from copydesk.decisions import Decision
from copydesk.settings import Settings
from copydesk.store import Staged, Store
from transforms.site_memory import PERSON, SiteMemory


def of_persons(told: Iterable[Decision]) -> SiteMemory:
    """Give the memory of what persons decided."""
    return SiteMemory(_rows(told))


def before(store: Store, earlier: Sequence[Staged], told: Iterable[Decision], settings: Settings) -> SiteMemory:
    """Give the memory of what persons decided, and of what enough stories of these editions decide.

    They are folded by themselves: neither the edition that is judged nor a later one may say what is a story here.
    """
    if not earlier:
        return of_persons(told)
    members = folding.fold(store, earlier, settings, remember=False).members
    folder = store.new_staging()
    try:
        files = stage.model_files(store, earlier, {"members": members}, folder)
        with models.build(
            files, temp=folder, only=frozenset({"site_lines"}), learn_after=settings.learn_after
        ) as built:
            query = "select site, line_key, state, decided_by from site_lines where decided_by = 'support'"
            supported = built.connection.sql(query).to_arrow_table().to_pylist()
    finally:
        shutil.rmtree(folder)
    return SiteMemory([*_rows(told), *supported])


def _rows(told: Iterable[Decision]) -> list[dict[str, Any]]:
    return [{**row, "decided_by": PERSON} for row in decisions.table(told).to_pylist()]
