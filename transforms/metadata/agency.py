"""The news agencies that a page names as its author or its source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.metadata.authors import Authors
from transforms.metadata.linked import Linked, names
from transforms.rule_files import packaged_agencies

_SOURCES = ("sourceOrganization", "contributor", "creditText")
_AMONG = re.compile(r"\s*[/,;|&+]\s*|\s+(?:and|und|et|y|e|og|och|with|mit|avec|con)\s+", re.IGNORECASE)


def agency(linked: Linked, written: Authors) -> tuple[str | None, str | None]:
    """Give the listed agencies, as the column names them, separated by ', ', and where they stood; null for none.

    The list is the one that comes with the program, in rules/agencies.toml.
    """
    stated = [said for key in _SOURCES for said, _ in names(linked.article.get(key), linked.by_id)]
    for source, said in (*written.others, ("json-ld", stated)):
        if found := list(dict.fromkeys(name for each in said for name in _listed(each))):
            return ", ".join(found), source
    return None, None


def _listed(said: str) -> Iterator[str]:
    known = packaged_agencies()
    for part in (said, *_AMONG.split(said)):
        if name := known.name(part):
            yield name
            if part == said:
                return
