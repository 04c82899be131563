"""How much of one input is read, held and kept: the limits that stop hostile and broken files."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The limits of one run; every number has its reason beside it."""

    record_bytes: int = 64 * MIB
    """Longest record. The largest real page of the development data has 5 MiB; beyond this it is no article."""

    json_bytes: int = 256 * MIB
    """Largest .json file. It is held whole, about three times over; larger feeds come as JSON Lines."""

    header_bytes: int = 65_536
    """Longest header of a WARC record, an HTTP answer or a mail; servers refuse one beyond 8 to 16 KiB."""

    directory_bytes: int = 32 * MIB
    """Largest directory of a zip archive, about 300,000 members; Python holds it some eight times over."""

    mail_parts: int = 1_000
    """Parts of a mail or saved page: the pictures and styles of a large page are some hundred."""

    teaser_chars: int = 500
    """A feed's summary below this is a teaser, not an article; teasers have one to four sentences. A judgement."""

    ratio: int = 200
    """Most that compressed input may expand. Scraped JSON Lines expand 4 to 20 times, a bomb 1000 times."""

    ratio_from_bytes: int = 8 * MIB
    """Expansion below this size is never a danger, and a small test file may well repeat itself."""

    kept_bytes: int = MIB
    """Bytes of a bad record that quarantine keeps; enough to see what it was."""

    kept_file_bytes: int = 64 * MIB
    """Bytes that quarantine keeps of one file's bad records together; later ones are kept as hashes."""

    quarantine_rows: int = 10_000
    """Rows of one file in quarantine; a feed with more bad lines is broken as a whole and shares a last row."""

    batch_pages: int = 2_000
    """Rows of one batch: some hundred are enough to make Arrow's overhead vanish."""

    batch_bytes: int = 32 * MIB
    """Text and kept bytes of one batch; what bounds the memory of a run over large pages."""

    control_share: float = 0.05
    """Control characters beyond which bytes are not text: compressed data has 0.11, text 0.0001."""
