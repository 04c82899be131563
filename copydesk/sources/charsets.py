"""Text from bytes: the character set that was used and how it was found."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from copydesk.sources.limits import Limits
from copydesk.sources.rejects import Unusable

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

# Latin text in UTF-16 is half NUL; in other text a tenth of NULs does not happen.
_UTF16_NULS = 0.1

# Valid sequences of several bytes for each invalid one that prove UTF-8 with a scratch. In the legacy
# character sets an invalid one comes at least as often as a chance hit.
_SCRATCHED_UTF8 = 10

# Characters a character set may fail to decode and still be the right one: one bad byte must not cost an
# article, and a wrong guess fails on several per cent.
_TOLERATED = 0.01

# What the standard libraries call the subset, and pages mean as the whole.
_SUPERSETS = {"gbk": "gb18030", "gb2312": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252", "euc_kr": "cp949"}

_CONTROLS = bytes([*range(9), *range(14, 27), 28, 29, 30, 31, 127])
_ABOVE_ASCII = bytes(range(128, 256))

_HOPELESS = (
    "undecodable: {why}. If it is text, convert it to UTF-8; if it is a picture, an archive or a "
    "document of an office program, take it out."
)


class Decoded(NamedTuple):
    """Text with its origin: method is utf-8, bom, declared or detected."""

    text: str
    charset: str
    method: str


def decode(data: bytes, limits: Limits, *, is_html: bool = False) -> Decoded:
    r"""Give the text of `data`; raise Unusable where no character set fits.

    A byte order mark decides, then strict UTF-8, then what an HTML page declares, then statistics. Bytes that
    the chosen character set cannot read (at most one in a hundred) become U+FFFD.

    >>> decode(b"caf\xc3\xa9", Limits())
    Decoded(text='café', charset='utf-8', method='utf-8')
    """
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return Decoded(_tolerant(data[len(mark) :], charset), charset, "bom")
    decoded = _utf16(data) or _utf8(data) or _scratched_utf8(data) or _guessed(data, is_html=is_html)
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if not decoded.charset.startswith("utf-16") and controls > limits.control_share * len(data):
        raise Unusable(_HOPELESS.format(why="the bytes are not text"))
    return decoded


def _utf16(data: bytes) -> Decoded | None:
    """Give UTF-16 without a mark: Latin letters in it have a NUL in every second place."""
    if data.count(0) <= _UTF16_NULS * len(data):
        return None
    charset = "utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"
    text = _strict(data, charset)
    return None if text is None or "\0" in text else Decoded(text, charset, "detected")


def _utf8(data: bytes) -> Decoded | None:
    if b"\x1b$" in data and (text := _strict(data, "iso2022_jp")) is not None:
        return Decoded(text, "iso2022_jp", "detected")  # Japanese in 7 bits, hence also valid UTF-8
    text = _strict(data, "utf-8")
    return None if text is None else Decoded(text, "utf-8", "utf-8")


def _scratched_utf8(data: bytes) -> Decoded | None:
    text = data.decode("utf-8", "replace")
    invalid = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    above = len(text) - len(data.translate(None, _ABOVE_ASCII)) - invalid
    return Decoded(text, "utf-8", "detected") if above >= _SCRATCHED_UTF8 * invalid else None


def _guessed(data: bytes, *, is_html: bool) -> Decoded:
    declared = _declared(data) if is_html else None
    if declared and (text := _strict(data, declared)) is not None:
        return Decoded(text, declared, "declared")
    detected = _detected(data)
    if detected and (text := _strict(data, detected)) is not None:
        # short English with curly quotes passes for Vietnamese: of equal readings the common one is named
        return Decoded(text, "cp1252" if _strict(data, "cp1252") == text else detected, "detected")
    for charset, method in ((declared, "declared"), (detected, "detected")):
        if charset is None:
            continue
        text = data.decode(charset, "replace")
        if text.count("\ufffd") <= _TOLERATED * len(text):
            return Decoded(text, charset, method)
    raise Unusable(_HOPELESS.format(why="neither UTF-8 nor any character set that was declared or detected"))


def _declared(data: bytes) -> str | None:
    found = _DECLARATION.search(data[:_DECLARED_WITHIN])
    if found is None:
        return None
    from resiliparse.parse.encoding import map_encoding_to_html5

    # a declaration that can be read as ASCII does not stand in UTF-16, whatever it says
    return _known(map_encoding_to_html5(found[1].decode("ascii"), fallback_utf8=False))


def _detected(data: bytes) -> str | None:
    from resiliparse.parse.encoding import detect_encoding

    # its mapping to HTML names turns Korean cp949 into UTF-8
    return _known(detect_encoding(data, html5_compatible=False))


def _known(name: str | None) -> str | None:
    """Give Python's name of a character set other than UTF, which has been tried before."""
    try:
        charset = codecs.lookup(name or "").name
    except LookupError:
        return None
    return None if charset.startswith("utf") else _SUPERSETS.get(charset, charset)


def _strict(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None


def _tolerant(data: bytes, charset: str) -> str:
    text = data.decode(charset, "replace")
    if text.count("\ufffd") > _TOLERATED * len(text) + 1:  # + 1: a torn file ends inside a character
        raise Unusable(_HOPELESS.format(why=f"the byte order mark says {charset}, the bytes do not"))
    return text
