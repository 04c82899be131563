"""One Arrow schema per table, each field with a one-line meaning.

Keys end in `_id`, instants end in `_at` and are UTC, an edition is a calendar day. A field that is not
nullable is never null; in a nullable one, null means unknown and an empty string means known to be empty.
"""

from __future__ import annotations

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")


def _field(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    """Give a field with its meaning; a name that ends in `?` is nullable."""
    return pa.field(name.rstrip("?"), kind, nullable=name.endswith("?"), metadata={"meaning": meaning})


def _table(grain: str, *fields: pa.Field) -> pa.Schema:
    return pa.schema(fields, metadata={"grain": grain})


PAGES = _table(
    "one row per scrape",
    _field("page_id", pa.string(), "hash of site, URL and content: the same over reruns, renames and order"),
    _field("edition", pa.date32(), "the nightly run that first read the page"),
    _field("source", pa.string(), "path of the input file; behind a !, the member of an archive"),
    _field(
        "source_offset",
        pa.int64(),
        "where the record begins in the decompressed file, in bytes; for .warc.gz in the file as it lies; row "
        "number for Parquet",
    ),
    _field("site?", pa.string(), "host name without www, or as the record names it"),
    _field("url?", pa.string(), "address of the page"),
    _field("fetched_at?", INSTANT, "when the scraper took the page"),
    _field("media_type", pa.string(), "text/html or text/plain"),
    _field("charset?", pa.string(), "character set the bytes were read with"),
    _field("charset_method?", pa.string(), "bom, utf-8, header (HTTP, mail), declared (in the page) or detected"),
    _field("charset_confidence?", pa.float32(), "share of pages with such evidence read right; null: no bytes"),
    _field("title?", pa.string(), "title as the record gives it"),
    _field("author?", pa.string(), "author as the record gives it"),
    _field("published?", pa.string(), "publication date as the record gives it, unparsed"),
    _field("modified?", pa.string(), "date of the last change: the record's, or HTTP Last-Modified; unparsed"),
    _field("section?", pa.string(), "section or categories as the record gives them, separated by '; '"),
    _field("canonical_url?", pa.string(), "canonical address as the record gives it"),
    _field("robots?", pa.string(), "values of the HTTP headers X-Robots-Tag, separated by ', '"),
    _field("tdm_reservation?", pa.string(), "value of the HTTP header tdm-reservation: 1 reserves text mining"),
    _field("language?", pa.string(), "language as the record gives it"),
    _field("body", pa.large_string(), "the page as it arrived, decoded"),
)

_ADDRESSES = (
    _field("url?", pa.string(), "address of the page"),
    _field("canonical_url?", pa.string(), "its main address, without tracking parameters; never another site's"),
    _field("canonical_url_source?", pa.string(), "link (rel=canonical), meta, json-ld, record or url (cleaned)"),
)
_NAMED = (
    _field(
        "byline?", pa.string(), "desk, outlet or agency that the markup names where it names no person; by '; '"
    ),
    _field("section?", pa.string(), "section of the paper, as the page names it"),
    _field("section_source?", pa.string(), "record, json-ld or meta"),
)
_DATE_SOURCES = {
    "published": "record, json-ld, meta, microdata, url, time or text",
    "modified": "record (or HTTP Last-Modified), json-ld, meta or time",
}
_DATES = tuple(
    field
    for name, what in (("published", "published"), ("modified", "last changed"))
    for field in (
        _field(f"{name}_at?", INSTANT, f"when the article was {what}; a day alone is its midnight"),
        _field(f"{name}_at_source?", pa.string(), _DATE_SOURCES[name]),
        _field(f"{name}_raw?", pa.string(), "the date as it was found, in the zone of the page"),
        _field(
            f"{name}_at_flag?",
            pa.string(),
            "why the date is not believed: no date, no such day, day or month (03/04/2026), before 1990 or future",
        ),
    )
)
_RIGHTS = (
    _field(
        "is_noindex?", pa.bool_(), "robots are asked to leave the page out of indexes; null: nothing said to robots"
    ),
    _field(
        "is_ai_reserved?",
        pa.bool_(),
        "use for AI or text mining is reserved: noai, TDM reservation, robots tags for AI; null: not said",
    ),
    _field("tdm_policy?", pa.string(), "address of the policy for text and data mining"),
    _field("is_paywalled?", pa.bool_(), "not all of the text is free to read, as the page says; null: not said"),
    _field("is_live_blog?", pa.bool_(), "the page says it is a live blog; null: it does not say what it is"),
)

EXTRACTS = _table(
    "one row per page whose text was found",
    _field("page_id", pa.string(), "the page"),
    _field("edition", pa.date32(), "the nightly run that first read the page"),
    _field("source", pa.string(), "path of the input file; behind a !, the member of an archive"),
    _field("site?", pa.string(), "host name without www, or as the record names it"),
    _field("site_source?", pa.string(), "record, url, meta or json-ld"),
    *_ADDRESSES,
    _field("fetched_at?", INSTANT, "when the scraper took the page"),
    _field("charset?", pa.string(), "character set the bytes were read with"),
    _field("charset_method?", pa.string(), "bom, utf-8, header (HTTP, mail), declared (in the page) or detected"),
    _field("charset_confidence?", pa.float32(), "share of pages with such evidence read right; null: no bytes"),
    _field("title?", pa.string(), "headline given by the record or the markup"),
    _field("title_source?", pa.string(), "record, h1, h2, json-ld or meta"),
    _field(
        "author?", pa.string(), "people who wrote it, separated by '; '; as written where the record names them"
    ),
    _field("author_source?", pa.string(), "record, json-ld, meta or byline"),
    *_NAMED,
    *_DATES,
    _field("language?", pa.string(), "ISO 639-1 code"),
    _field("language_source?", pa.string(), "record, html, meta, json-ld or text (detected)"),
    _field("agency?", pa.string(), "news agencies that the markup names, separated by ', '"),
    _field("agency_source?", pa.string(), "json-ld, meta or byline"),
    *_RIGHTS,
    _field("text", pa.large_string(), "lines separated by a line feed, nothing stripped yet"),
    _field("scores?", pa.list_(pa.float32()), "per line of an HTML page, how sure it is that the article lacks it"),
    _field(
        "regions?", pa.list_(pa.string()), "per line of an HTML page, the kind of furniture it stands in, or null"
    ),
)

ARTICLES = _table(
    "one row per page after cleaning",
    _field("article_id", pa.string(), "the page's page_id"),
    _field("edition", pa.date32(), "the nightly run that first read the page"),
    _field("source", pa.string(), "path of the input file; behind a !, the member of an archive"),
    _field("site?", pa.string(), "host name without www, the record's site, or the suffix of the title"),
    _field("site_source?", pa.string(), "record, url, meta, json-ld or title"),
    *_ADDRESSES,
    _field("fetched_at?", INSTANT, "when the scraper took the page"),
    _field("charset?", pa.string(), "character set the bytes were read with"),
    _field("charset_method?", pa.string(), "bom, utf-8, header (HTTP, mail), declared (in the page) or detected"),
    _field("charset_confidence?", pa.float32(), "share of pages with such evidence read right; null: no bytes"),
    _field("title?", pa.string(), "headline, without the site's suffix"),
    _field("title_source?", pa.string(), "record, h1, h2, json-ld, meta or text"),
    _field(
        "author?", pa.string(), "people who wrote it, separated by '; '; as written where the record names them"
    ),
    _field("author_source?", pa.string(), "record, json-ld, meta, byline or text"),
    *_NAMED,
    *_DATES,
    _field("language?", pa.string(), "ISO 639-1 code"),
    _field("language_source?", pa.string(), "record, html, meta, json-ld or text (detected)"),
    _field("body", pa.large_string(), "the article's own lines, normalised"),
    _field("credits?", pa.string(), "contributors named in a credit line, separated by '; '"),
    _field(
        "agency?", pa.string(), "news agencies named in a credit, sign-off or dateline, else by the markup; by ', '"
    ),
    _field("agency_source?", pa.string(), "text, json-ld, meta or byline"),
    _field("dateline?", pa.string(), "place that opens the story, as written: KYIV, Ukraine"),
    _field("signoff?", pa.string(), "initials of the desk at the end"),
    _field("republished_from?", pa.string(), "whose text it is, as the page says"),
    _field("captions?", pa.string(), "captions of lost pictures, one per line"),
    *_RIGHTS,
    _field("is_updated", pa.bool_(), "the page says it was updated: a marker, or the word with a date"),
    _field("is_stub", pa.bool_(), "too short to be compared with others"),
    _field("is_overcut", pa.bool_(), "more than 60 % of the words were cut; look at it"),
    _field("text_lines", pa.int32(), "lines of the extracted text"),
    _field("body_words", pa.int32(), "words of the body; CJK characters count one each"),
    _field("cut_lines", pa.int32(), "lines cut or moved to a field, blank ones not counted"),
    _field("cut_chars", pa.int32(), "characters of those lines"),
)

CUTS = _table(
    "one row per line taken out of a text, moved to a field or changed, and per value read off a line beside that",
    _field("article_id", pa.string(), "the article"),
    _field("edition", pa.date32(), "the article's edition"),
    _field("line_no", pa.int32(), "line of the extracted text, from 1; 0 is the title as record or markup gave it"),
    _field("text", pa.large_string(), "the whole line as it arrived"),
    _field("kind", pa.string(), "what the line was: comment_form, share, caption, title, blank, ..."),
    _field(
        "action",
        pa.string(),
        "cut (gone), move (went to a field), trim (part is gone), repair (normalised), read (only told a value)",
    ),
    _field("field?", pa.string(), "column of articles that the line, or the part of it, went to"),
    _field(
        "value?", pa.string(), "what the column got from this line; where several lines fill it, this one's part"
    ),
    _field(
        "rule_id",
        pa.string(),
        "what decided: a rule's id (with '/rest', the line stands behind a heading that the rule found), title.*, "
        "layout.*, memory.approved, memory.support, model.lines (the line classifier) or normalize.*",
    ),
    _field(
        "score?", pa.float32(), "how sure the line classifier was, in [0, 1]; null where something else decided"
    ),
)

FINGERPRINTS = _table(
    "one row per article",
    _field("article_id", pa.string(), "the article"),
    _field("edition", pa.date32(), "the article's edition"),
    _field("site?", pa.string(), "outlet of the article"),
    _field("address?", pa.uint64(), "hash of the words of the canonical address, without scheme and www"),
    _field("body_chars", pa.int32(), "characters of the body; the longest complete text leads"),
    _field("is_stub", pa.bool_(), "too short to be compared with others"),
    _field("is_complete", pa.bool_(), "not overcut, and does not break off in an ellipsis"),
    _field("text_hash", pa.uint64(), "hash of all tokens: equal for texts with the same words and facts"),
    _field("tokens", pa.large_list(pa.uint32()), "hashes of the words in order; the lowest bit marks a fact"),
    _field("title_tokens", pa.list_(pa.uint32()), "the same for the title; empty where there is none"),
    _field("anchors", pa.list_(pa.uint64()), "sampled hashes of three tokens in a row"),
)

CARRIERS = _table(
    "one row per article of an edition, in its index",
    *(
        FINGERPRINTS.field(name)
        for name in ("article_id", "edition", "site", "address", "body_chars", "is_complete")
    ),
    _field("title_tokens", pa.list_(pa.uint32()), "hashes of the title's words; empty where there is none"),
    _field("tokens", pa.int32(), "words of its text"),
    _field(
        "text_hash?", pa.uint64(), "its text; null for a stub and for an empty text, which nothing is compared with"
    ),
)

TEXTS = _table(
    "one row per distinct comparable text of an edition, in its index; its number there is its row",
    _field("text_hash", pa.uint64(), "hash of all tokens"),
    _field("tokens", pa.int32(), "words of the text"),
    _field("anchors", pa.int32(), "its sampled sequences of three words"),
    _field("least", pa.uint64(), "its smallest anchor: texts with the same are likely copies"),
    _field("title_tokens", pa.list_(pa.uint32()), "title of its smallest article_id in this edition"),
    _field("source", pa.int32(), "which of the edition's files of fingerprints holds its tokens"),
    _field("source_row", pa.int64(), "and in which row"),
)

ANCHORS = _table(
    "one row per anchor and text of an edition, sorted; its index",
    _field("anchor", pa.uint64(), "upper 40 bits of the anchor, mixed, above 24 for the row of the text in texts"),
)

ALIGNMENTS = _table(
    "one row per two texts that share most of the shorter one, and two editions that hold them",
    _field("edition", pa.date32(), "the later edition"),
    _field("other_edition", pa.date32(), "the earlier one, or the same"),
    _field("short_hash", pa.uint64(), "the shorter text; of equals, the smaller hash"),
    _field("long_hash", pa.uint64(), "the longer text"),
    _field("verdict", pa.uint8(), "what holds for the two alone, as numbered in transforms/fold/verdicts.py"),
    _field("counts", pa.list_(pa.int32()), "what the alignment counted, as named in transforms/kernels/align.py"),
)

COMPARISONS = _table(
    "one row per two texts of one story that no two editions had in common; kept to align them once only",
    *(ALIGNMENTS.field(name) for name in ("short_hash", "long_hash", "counts")),
)

PAIRS = _table(
    "one row per two articles with near-identical text",
    _field("left_id", pa.string(), "the smaller article_id"),
    _field("right_id", pa.string(), "the greater article_id"),
    _field("edition", pa.date32(), "the later of the two articles' editions"),
    _field("relation", pa.string(), "version (two states of one URL), else copy, excerpt or update"),
    _field("left_share", pa.float32(), "share of the left text's words found in the right one"),
    _field("right_share", pa.float32(), "share of the right text's words found in the left one"),
    _field("left_from", pa.float32(), "where the common text begins in the left one, as a share of its words"),
    _field("left_to", pa.float32(), "and where it ends"),
    _field("right_from", pa.float32(), "where the common text begins in the right one, as a share of its words"),
    _field("right_to", pa.float32(), "and where it ends"),
    _field(
        "headline?",
        pa.string(),
        "same, edited (they share words, half as many as the longer has) or new; null where an article has none",
    ),
)

MEMBERS = _table(
    "one row per article",
    _field("article_id", pa.string(), "the article"),
    _field("story_id", pa.string(), "smallest (edition, article_id) of the story"),
    _field(
        "is_lead",
        pa.bool_(),
        "the story's best copy: preferred outlet, longest complete text, then earliest, then smallest id",
    ),
    _field(
        "relation",
        pa.string(),
        "to the lead: lead, version, copy, excerpt, update, or linked (through other members)",
    ),
    _field("similarity", pa.float32(), "share of this text found in the lead; 1 for the lead itself"),
)

STORY_ALIASES = _table(
    "one row per id that a story may have had and has no longer",
    _field("alias_id", pa.string(), "article_id that names no story today"),
    _field("story_id?", pa.string(), "the story that it is in now; null where all articles of its story are gone"),
    _field(
        "reason",
        pa.string(),
        "joined (an older article names the story) or withdrawn (the article is gone: its edition was made anew)",
    ),
)

QUARANTINE = _table(
    "one row per input record that could not be processed",
    _field("quarantine_id", pa.string(), "hash of source, offset, reason and bytes"),
    _field("edition", pa.date32(), "the nightly run that met it"),
    _field("source", pa.string(), "path of the input file; behind a !, the member of an archive"),
    _field("source_offset", pa.int64(), "where the record begins in its file, in bytes, as in docs/inputs.md"),
    _field("size_bytes", pa.int64(), "length of the record"),
    _field("sha256", pa.string(), "of the record's bytes, in hexadecimal"),
    _field("step", pa.string(), "sources, extract or strip"),
    _field("reason", pa.string(), "what is wrong and what to do"),
    _field("page_id?", pa.string(), "the page, where the record became one"),
    _field("bytes", pa.large_binary(), "the record itself; its beginning where is_truncated"),
    _field("is_truncated", pa.bool_(), "the record was too large to be kept whole"),
    _field("records", pa.int64(), "input records that it stands for: 1, or all beyond the last row of their file"),
    _field("text?", pa.large_string(), "what a reader would see of the page, no tags; its beginning where long"),
)

EDITIONS = _table(
    "one row per nightly run",
    _field("edition", pa.date32(), "the day that names the run"),
    _field(
        "records",
        pa.int64(),
        "input records read: pages + repeated, unlisted and forgotten records + those quarantined at sources",
    ),
    _field("pages", pa.int64(), "distinct pages"),
    _field("repeated_records", pa.int64(), "records with the same page_id as one before in this run"),
    _field("unlisted_records", pa.int64(), "bad records beyond the most that one file may have in quarantine"),
    _field("forgotten_records", pa.int64(), "records of pages that were forgotten for good"),
    _field("repeated_pages", pa.int64(), "pages that an earlier edition had already brought"),
    _field("articles", pa.int64(), "articles of this edition"),
    _field("quarantined", pa.int64(), "rows in quarantine"),
    _field("cut_lines", pa.int64(), "lines cut or moved"),
    _field("cut_chars", pa.int64(), "characters of those lines"),
    _field("rules_digest", pa.string(), "which rules judged the lines"),
    _field("code_digest", pa.string(), "which code made the tables"),
    _field(
        "memory_digest",
        pa.string(),
        "which site memory judged the lines: what persons decided, then '+' and what support did; empty for none",
    ),
    _field("classifier_digest", pa.string(), "which line classifier judged the lines; empty for none"),
)

DECISIONS = _table(
    "one row per line of a site that a person decided about",
    _field("site", pa.string(), "the outlet"),
    _field("line_key", pa.string(), "letters and digits of the line, without case and accents"),
    _field("line", pa.large_string(), "the line as it stood before the person"),
    _field("state", pa.string(), "approved or vetoed"),
)

DROPS = _table(
    "one row per record in quarantine that a person gave up",
    _field("edition", pa.string(), "the nightly run that met it, as YYYY-MM-DD"),
    _field("quarantine_id", pa.string(), "the record"),
    _field("dropped_because", pa.string(), "why nothing can be had of it"),
)

COUNTED_AT_SOURCES = (
    "edition",
    "records",
    "pages",
    "repeated_records",
    "unlisted_records",
    "forgotten_records",
    "rules_digest",
    "code_digest",
    "memory_digest",
    "classifier_digest",
)
EDITION_COUNTS = _table(
    "one row per nightly run, with what its sources counted", *map(EDITIONS.field, COUNTED_AT_SOURCES)
)

TABLES = {
    "pages": PAGES,
    "extracts": EXTRACTS,
    "articles": ARTICLES,
    "cuts": CUTS,
    "fingerprints": FINGERPRINTS,
    "carriers": CARRIERS,
    "texts": TEXTS,
    "anchors": ANCHORS,
    "alignments": ALIGNMENTS,
    "comparisons": COMPARISONS,
    "pairs": PAIRS,
    "members": MEMBERS,
    "story_aliases": STORY_ALIASES,
    "quarantine": QUARANTINE,
    "edition_counts": EDITION_COUNTS,
    "decisions": DECISIONS,
    "drops": DROPS,
    "editions": EDITIONS,
}
