"""The metadata columns of EXTRACTS: what the record says first, then what the page says."""

from __future__ import annotations

from typing import Any

from transforms.addresses import host_of
from transforms.metadata.page import Beside, Metadata
from transforms.metadata.published import Instant
from transforms.normalize import repair
from transforms.strings import label


def beside(page: dict[str, Any]) -> Beside:
    """Give what a row of PAGES says beside the page itself."""
    return Beside(
        edition=page["edition"],
        url=page["url"],
        canonical_url=page["canonical_url"],
        published=page["published"],
        modified=page["modified"],
        robots=page["robots"],
        tdm_reservation=page["tdm_reservation"],
    )


def columns(page: dict[str, Any], found: Metadata) -> dict[str, Any]:
    """Give the columns of a page whose own metadata is `found`; each value with its source."""
    url = page["url"] or found.url
    host = host_of(url or "")
    sites = ((page["site"], "record"), (host, "url"), (found.site, found.site_source))
    titles = ((page["title"], "record"), (found.title, found.title_source))
    # repaired here: unlike the title, no line of the text is compared with these
    authors = (
        (_repaired(page["author"]), "record"),
        (_repaired("; ".join(found.authors.names)), found.authors.source),
    )
    sections = ((_repaired(page["section"]), "record"), (_repaired(found.section), found.section_source))
    return {
        **_first("site", *sites),
        "url": url,
        "canonical_url": found.canonical.address,
        "canonical_url_source": found.canonical.source,
        **_first("title", *titles),
        **_first("author", *authors),
        "byline": _repaired(found.authors.byline) if not page["author"] else None,
        **_first("section", *sections),
        **_date("published", found.published),
        **_date("modified", found.modified),
        "agency": found.agency,
        "agency_source": found.agency_source,
        "is_noindex": found.rights.is_noindex,
        "is_ai_reserved": found.rights.is_ai_reserved,
        "tdm_policy": found.rights.tdm_policy,
        "is_paywalled": found.rights.is_paywalled,
        "is_live_blog": found.rights.is_live_blog,
    }


def _first(name: str, *values: tuple[str | None, str | None]) -> dict[str, str | None]:
    """Give the first value that is one, and its source."""
    value, source = next(((value, source) for value, source in values if value), (None, None))
    return {name: value, f"{name}_source": source}


def _date(name: str, said: Instant) -> dict[str, Any]:
    return {
        f"{name}_at": said.at,
        f"{name}_at_source": said.source,
        f"{name}_raw": said.raw,
        f"{name}_at_flag": said.flag,
    }


def _repaired(text: str | None) -> str | None:
    return repair(label(text)).text or None if text else None
