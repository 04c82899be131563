"""How often bytes from before UTF-8 are read without one wrong character, by the evidence for their character set.

    python -m benchmarks.charsets [--wrong] [--data FILE]

Each text is encoded in every one-byte or East Asian character set of its language (SETS), as a headline, as
plain text and as a page, and comes with the right statement, with none, and with each wrong one that servers
make (WRONG). The texts are invented (benchmarks/invented.toml); with --data the gold texts of a Parquet file with
`lang`, `gold_title` and `gold_text` instead. The shares by evidence are what Confidence holds in
copydesk.sources.charsets.
"""

from __future__ import annotations

import argparse
import time
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
from resiliparse.parse.encoding import detect_encoding

from copydesk.sources.charsets import Confidence, Decoded, decode
from copydesk.sources.limits import Limits
from copydesk.sources.rejects import Unusable

INVENTED = Path(__file__).with_name("invented.toml")
TEXT, PAGE = 400, 2_500  # characters
RIGHT_WEIGHT = 40  # so that nine in ten statements are right, in place of one in five
PER_LANGUAGE = 25  # of the pages of --data, so that English does not decide

SETS = {
    "cp1252": "af ca cy da de en es eu fi fr ga id is it ms nl no pt sq sv sw tl",
    "cp1250": "cs hr hu pl ro sk sl sq",
    "cp1251": "be bg mk ru sr uk",
    "cp1253": "el",
    "cp1254": "tr",
    "cp1255": "he",
    "cp1256": "ar fa ur",
    "cp1257": "et lt lv",
    "cp1258": "vi",
    "iso8859-2": "cs hr hu pl ro sk sl",
    "iso8859-5": "be bg mk ru sr",
    "iso8859-6": "ar",
    "iso8859-7": "el",
    "iso8859-8": "he",
    "iso8859-9": "tr",
    "iso8859-13": "lt lv et",
    "iso8859-15": "de fr fi et",
    "koi8-r": "ru",
    "koi8-u": "uk",
    "cp866": "ru be",
    "mac-cyrillic": "ru uk",
    "mac-roman": "de fr es en it pt",
    "mac-latin2": "cs pl",
    "cp874": "th",
    "cp932": "ja",
    "euc_jp": "ja",
    "gb18030": "zh",
    "big5": "zh-Hant",
    "cp949": "ko",
}
# A server's default, a template from elsewhere, the neighbour's set
WRONG = {
    "iso-8859-1": [name for name in SETS if name != "cp1252"],
    "utf-8": list(SETS),
    "windows-1251": ["koi8-r", "koi8-u", "cp866", "mac-cyrillic", "iso8859-5", "cp1252"],
    "koi8-r": ["cp1251"],
    "windows-1250": ["iso8859-2", "cp1252"],
    "iso-8859-2": ["cp1250"],
    "gb2312": ["big5", "cp1252", "cp1251", "cp932", "cp949"],
    "big5": ["gb18030"],
    "shift_jis": ["euc_jp", "cp1252"],
    "euc-jp": ["cp932"],
    "euc-kr": ["gb18030"],
    "windows-1252": ["mac-roman", "cp1256", "cp874"],
    "windows-1254": ["cp1252"],
}
# What a set lacks: typographers' quotes, dashes, Romanian commas below
PLAIN = str.maketrans("„“”’‘–—«»€șțȘȚ", '"""\'\'--""eşţŞŢ')


class Case(NamedTuple):
    """Encoded text: its language, character set, shape and what is stated of it."""

    language: str
    charset: str
    shape: str
    stated: str | None
    data: bytes


def main() -> None:
    """Print the tables."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--data", type=Path)
    told.add_argument("--wrong", action="store_true", help="list what was read wrongly")
    options = told.parse_args()
    cases = list(_cases(list(_texts(options.data) if options.data else _invented())))
    by_statement: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    by_evidence: dict[str, list[bool]] = defaultdict(list)
    evidence = {value: name for name, value in asdict(Confidence()).items()}
    before = time.process_time()
    results = [_decoded(case) for case in cases]
    cost = 1000 * (time.process_time() - before) / len(cases)
    for case, got in zip(cases, results, strict=True):
        meant = case.data.decode(case.charset)
        is_right = got is not None and got.text == meant
        by_statement[_kind(case), case.shape].append((is_right, _uchardet(case.data) == meant))
        if got is not None:
            weight = RIGHT_WEIGHT if _kind(case) == "right" else 1
            by_evidence[evidence[got.confidence or 0]] += [is_right] * weight
        if options.wrong and not is_right:
            print("wrong:", case[:4], got and got[1:])
    print(f"{'stated':10} {'shape':9} {'cases':>6} {'right':>7} {'uchardet alone':>15}")
    for (kind, shape), found in sorted(by_statement.items()):
        ours, theirs = (sum(part) / len(found) for part in zip(*found, strict=True))
        print(f"{kind:10} {shape:9} {len(found):6} {ours:7.3f} {theirs:15.3f}")
    print(f"\n{'evidence':34} {'cases':>6} {'right':>7}")
    for name, rights in sorted(by_evidence.items()):
        print(f"{name:34} {len(rights):6} {sum(rights) / len(rights):7.3f}")
    print(f"\n{cost:.2f} CPU ms a case")


def _invented() -> Iterator[tuple[str, str, str]]:
    for language, text in tomllib.loads(INVENTED.read_text(encoding="utf-8")).items():
        title, body = text.strip().split("\n")
        yield language, title, body


def _texts(file: Path) -> Iterator[tuple[str, str, str]]:
    seen: Counter[str] = Counter()
    for row in pq.read_table(file, columns=["lang", "gold_title", "gold_text"]).to_pylist():
        seen[row["lang"]] += 1
        if seen[row["lang"]] <= PER_LANGUAGE:
            yield row["lang"], row["gold_title"] or "", row["gold_text"]


def _cases(texts: list[tuple[str, str, str]]) -> Iterator[Case]:
    for language, title, body in texts:
        for charset in (name for name, languages in SETS.items() if language in languages.split()):
            for shape, text in _shapes(title, body):
                data = _encoded(text, charset)
                if not data.isascii():
                    for stated in (charset, None, *(label for label, names in WRONG.items() if charset in names)):
                        yield Case(language, charset, shape, stated, data)


def _shapes(title: str, body: str) -> Iterator[tuple[str, str]]:
    if title:
        yield "headline", title
    yield "text", body[:TEXT]
    paragraphs = "".join(f"<p>{line}</p>\n" for line in body[:PAGE].split("\n"))
    links = '<div class="nav"><a href="/">Home</a></div>'
    yield (
        "page",
        f"<html><head><title>{title}</title></head><body>{links}<h1>{title}</h1>{paragraphs}</body></html>",
    )


def _encoded(text: str, charset: str) -> bytes:
    """Give the text in a character set, without what it lacks."""
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        if charset == "cp1258":
            text = unicodedata.normalize("NFC", text)
        return text.translate(PLAIN).encode(charset, "ignore")


def _decoded(case: Case) -> Decoded | None:
    try:
        return decode(case.data, Limits(), is_html=case.shape == "page", declared=case.stated)
    except Unusable:
        return None


def _kind(case: Case) -> str:
    if case.stated is None:
        return "nothing"
    return "right" if case.stated == case.charset else "wrong"


def _uchardet(data: bytes) -> str | None:
    try:
        return data.decode(detect_encoding(data, html5_compatible=False) or "ascii")
    except (LookupError, UnicodeDecodeError):
        return None


if __name__ == "__main__":
    main()
