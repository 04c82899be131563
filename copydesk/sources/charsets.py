"""Text from bytes: the character set that was used, how it was found, and how sure that is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from copydesk.sources.limits import Limits
from copydesk.sources.readings import (
    LATIN,
    OTHERS,
    WIDE,
    Best,
    best_reading,
    language_of,
    read,
    sample,
)
from copydesk.sources.rejects import Unusable
from transforms.oddness import oddness

# A mark of 4 bytes stands before the mark of 2 bytes that begins it.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Browsers look for a declaration in the first 1024 bytes; some pages put scripts before it.
_DECLARED_WITHIN = 4_096
_DECLARATION = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([-\w:.]+)""", re.IGNORECASE
)

# What the standard libraries call the subset, and pages mean as the whole.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}

# Two that differ in a few letters or quotes; the first is meant more often.
_LIKES = {"koi8-r": ("koi8-r", "koi8-u"), "iso8859-13": ("cp1257", "iso8859-13")}

# What detection calls ordinary Latin text: sets of DOS, and sets that no site was ever written in.
_NOT_ON_THE_WEB = frozenset(
    {"cp437", "cp850", "cp852", "cp858", "cp865", "iso8859-3", "iso8859-10", "iso8859-14", "iso8859-16"}
)

# Letters of Greek and all scripts behind it, and the accents of Vietnamese in cp1258: there detection is sure.
_OTHER_SCRIPT = re.compile("[\u0300-\u0323]|(?![\u2000-\u2fff\ue000-\uf8ff\ufff0-\uffff])[\u0370-\U0010ffff]")

_CONTROLS = bytes([*range(9), *range(14, 27), 28, 29, 30, 31, 127])
_ABOVE_ASCII = bytes(range(128, 256))

_HOPELESS = (
    "undecodable: {why}. If it is text, convert it to UTF-8; if it is a picture, an archive or a "
    "document of an office program, take it out."
)


@dataclass(frozen=True)
class Proof:
    """What it takes to believe or to doubt a character set."""

    # Valid sequences of several bytes for each invalid one that prove UTF-8 with a scratch. In the legacy
    # character sets an invalid one comes at least as often as a chance hit.
    scratched_utf8: int = 10
    # NULs of UTF-16, in its spaces and line feeds; other text has none, and UTF-16 without any is not recognised.
    utf16_nuls: float = 0.002
    # Bytes after a mark of UTF-16 that, being valid UTF-8 without a NUL, prove the mark false.
    false_mark: int = 40
    # Oddness from which a statement is doubted, and the share of it that another reading may have to be preferred.
    # With .02, .977 of the wrong statements do no harm (of real texts .968), with .2 .888 (.955), never doubted
    # .524 (.529); right ones are followed alike (1.000; .998).
    doubted: float = 0.02
    less_odd: float = 0.25
    # Oddness from which a reading is hardly text.
    odd: float = 0.2
    # Characters beyond ASCII of which the detected set reads every one soundly: fewer may do so by chance.
    many: int = 10


@dataclass(frozen=True)
class Confidence:
    """Share of pages that were decoded without one wrong character, by the evidence for the character set.

    Measured by python -m benchmarks.charsets on texts, invented and real, in 29 character sets that state the right
    one, none or a wrong one (nine of ten statements are right); the lower of both figures, rounded down.
    """

    mark: float = 1.0
    ascii: float = 1.0  # the same in every set
    utf8: float = 0.999  # none of 637 texts in other sets is valid UTF-8, and few pages are in other sets
    scratched_utf8: float = 0.99  # nor nearly so; but the scratched characters are lost
    agreed: float = 0.998  # stated, and detection reads the same: .9996 of the invented texts, .999 of real ones
    stated: float = 0.95  # stated and sound, but detection reads otherwise: .962, .971
    stated_but_odd: float = 0.3  # stated, and nothing reads much better: 0 of 16; right only where the page is odd
    detected: float = 0.99  # ten sound characters and more: .998, 1.000
    detected_in_little: float = 0.9  # fewer: .994, .932
    detected_but_odd: float = 0.5  # nothing reads soundly: 0 of 6, 20 of 20


class Decoded(NamedTuple):
    """Text with its origin.

    Method is bom, utf-8, header (HTTP or mail), declared (in the page itself) or detected. Confidence is the share
    of pages with such evidence that were decoded right (see Confidence); None where there were no bytes.
    """

    text: str
    charset: str
    method: str
    confidence: float | None = None


def decode(
    data: bytes,
    limits: Limits,
    *,
    is_html: bool = False,
    declared: str | None = None,
    proof: Proof = Proof(),
    confidence: Confidence = Confidence(),
) -> Decoded:
    r"""Give the text of `data`; raise Unusable where no character set fits.

    A byte order mark decides, then strict UTF-8, then `declared` (what an HTTP header or a mail part names), then
    what an HTML page declares, then statistics. A statement is not believed where its reading is evidently wrong
    and another is not. Bytes that the chosen character set cannot read (at most one in a hundred) become U+FFFD.

    >>> decode(b"caf\xc3\xa9", Limits())
    Decoded(text='café', charset='utf-8', method='utf-8', confidence=0.999)
    """
    marked = _marked(data, proof, confidence)
    if marked is not None:
        return marked
    mark_bytes = next((len(mark) for mark, _ in _MARKS if data.startswith(mark)), 0)
    decoded = None if mark_bytes else _utf16(data, proof, confidence)
    data = data[mark_bytes:]
    decoded = (
        decoded
        or _utf8(data, confidence)
        or _scratched_utf8(data, proof, confidence)
        or _legacy(data, [*_stated(data, declared, is_html=is_html)], proof, confidence)
    )
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if not decoded.charset.startswith("utf-16") and controls > limits.control_share * len(data):
        raise Unusable(_HOPELESS.format(why="the bytes are not text"))
    return decoded


def _marked(data: bytes, proof: Proof, confidence: Confidence) -> Decoded | None:
    """Give the text behind a byte order mark, unless the bytes behind it say that the mark is false."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            is_false = (
                charset.startswith("utf-16")
                and len(rest) >= proof.false_mark
                and 0 not in rest
                and _strict(rest, "utf-8") is not None
            )
            text = read(rest, charset)
            if text is not None and not is_false:
                return Decoded(text, charset, "bom", confidence.mark)
    return None


def _utf16(data: bytes, proof: Proof, confidence: Confidence) -> Decoded | None:
    """Give UTF-16 without a mark: its spaces and line feeds hold NULs, and only one order of bytes makes sense."""
    if data.count(0) <= proof.utf16_nuls * len(data):
        return None
    readings = []
    for charset in ("utf-16-le", "utf-16-be"):
        text = _strict(data, charset)
        if text is not None and "\0" not in text and not _is_noise(text):
            readings.append((oddness(text), charset, text))
    odd, charset, text = min(readings, default=(1.0, "", ""))
    return Decoded(text, charset, "detected", confidence.detected) if odd < proof.odd else None


def _is_noise(text: str) -> bool:
    """Tell whether most of a text is in no script: what UTF-16 makes of other bytes is spread over all of them."""
    return sum(char.isalpha() or char.isspace() or char.isascii() for char in text) < len(text) / 2


def _utf8(data: bytes, confidence: Confidence) -> Decoded | None:
    if b"\x1b" in data and b"\x1b$" in data and (text := _strict(data, "iso2022_jp")) is not None:
        # Japanese in 7 bits, hence also valid UTF-8
        return Decoded(text, "iso2022_jp", "detected", confidence.detected)
    text = _strict(data, "utf-8")
    if text is None:
        return None
    return Decoded(text, "utf-8", "utf-8", confidence.ascii if data.isascii() else confidence.utf8)


def _scratched_utf8(data: bytes, proof: Proof, confidence: Confidence) -> Decoded | None:
    text = data.decode("utf-8", "replace")
    invalid = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    above = len(text) - len(data.translate(None, _ABOVE_ASCII)) - invalid
    if above < proof.scratched_utf8 * invalid:
        return None
    return Decoded(text, "utf-8", "detected", confidence.scratched_utf8)


def _stated(data: bytes, header: str | None, *, is_html: bool) -> Iterator[tuple[str, str]]:
    """Give the character sets that are stated, each with where, the stronger statement first."""
    if named := _named(header):
        yield named, "header"
    found = _DECLARATION.search(data[:_DECLARED_WITHIN]) if is_html else None
    if found and (named := _named(found[1].decode("ascii"))):
        yield named, "declared"


def _legacy(data: bytes, stated: list[tuple[str, str]], proof: Proof, confidence: Confidence) -> Decoded:
    """Give the text in a character set from before UTF-8: as stated, unless that is evidently wrong."""
    language = language_of(data)
    part = sample(data)
    guess = _detected(data, part, language)
    for charset, method in stated:
        text = read(data, charset)
        if text is None:
            continue
        if guess is not None and guess.text == text:
            return Decoded(text, charset, method, confidence.agreed)
        odd = oddness(part.decode(charset, "replace"), language)
        if odd < proof.doubted or guess is None or guess.oddness > proof.less_odd * odd:
            sure = confidence.stated if odd < proof.odd else confidence.stated_but_odd
            return Decoded(text, charset, method, sure)
    if guess is not None:
        return Decoded(guess.text, guess.charset, "detected", _confidence_of(guess, proof, confidence))
    raise Unusable(_HOPELESS.format(why="neither UTF-8 nor any character set that was declared or detected"))


def _confidence_of(guess: Best, proof: Proof, confidence: Confidence) -> float:
    if guess.oddness >= proof.odd:
        return confidence.detected_but_odd
    beyond = len(guess.text) - len(guess.text.encode("ascii", "ignore"))
    return confidence.detected if beyond >= proof.many else confidence.detected_in_little


def _detected(data: bytes, part: bytes, language: str | None) -> Best | None:
    """Give the best reading: what uchardet finds, compared with its likes where it is no sure script."""
    first = _guessed_name(data)
    sound = best_reading(data, part, _likes(first), language) if first else None
    if sound is None:
        return best_reading(data, part, (*LATIN, *OTHERS, *WIDE), language)
    if _OTHER_SCRIPT.search(part.decode(sound.charset, "replace")):
        return sound
    best = best_reading(data, part, (sound.charset, *LATIN), language) or sound
    # short English with curly quotes passes for Vietnamese: of equal readings the common one is named
    return best._replace(charset="cp1252") if best.text == read(data, "cp1252") else best


def _likes(charset: str) -> tuple[str, ...]:
    """Give the sets that detection cannot tell from this one, the one that is meant most often first."""
    return _LIKES.get(charset) or (_SUPERSETS.get(charset, charset), charset)


def _guessed_name(data: bytes) -> str | None:
    """Give the character set that uchardet finds, None where it finds none or one that nobody uses."""
    from resiliparse.parse.encoding import detect_encoding

    # its mapping to HTML names turns Korean cp949 into UTF-8
    charset = _known(detect_encoding(data, html5_compatible=False))
    return None if charset in _NOT_ON_THE_WEB else charset


def _named(label: str | None) -> str | None:
    """Give Python's name of the character set that a label means to a browser (WHATWG Encoding, 4.2)."""
    if not label or not label.isascii():
        return None
    from resiliparse.parse.encoding import map_encoding_to_html5

    # a declaration that can be read as ASCII does not stand in UTF-16, whatever it says
    charset = _known(map_encoding_to_html5(label.strip().strip("\"'"), fallback_utf8=False))
    return _SUPERSETS.get(charset, charset) if charset else None


def _known(name: str | None) -> str | None:
    """Give Python's name of a character set other than UTF, which has been tried before."""
    try:
        charset = codecs.lookup(name or "").name
    except LookupError:
        return None
    return None if charset.startswith("utf") else charset


def _strict(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None
