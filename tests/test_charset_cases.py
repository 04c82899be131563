"""The ways in which the bytes of a page arrive, with the text, character set, method and confidence of each."""

from __future__ import annotations

from dataclasses import asdict
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.sources import Limits
from copydesk.sources.charsets import Confidence, Decoded, decode
from copydesk.sources.rejects import Unusable
from transforms.normalize import repair_lines

EVIDENCE = asdict(Confidence())

GERMAN = (
    "Der Bürgermeister erklärte am Montag, die Straße werde geöffnet: „Wir müssen“, sagte er, „fünf Jahre früher“."
)
FRENCH = (
    "« Nous n’avons pas été prévenus », a déclaré à la mairie le propriétaire du café, où l’eau s’était répandue."
)
ENGLISH = "“It’s a long road,” the driver said – and the café wasn’t open, either."
POLISH = (
    "Zarząd gminy ogłosił, że przejście będzie zamknięte; część mieszkańców żałuje tej decyzji, inni są za nią."
)
CZECH = (
    "Předseda vlády v pondělí řekl, že silnice bude otevřena. Žádné další podrobnosti nejsou známy, uvedl mluvčí."
)
LITHUANIAN = "Miesto valdžia pranešė, kad kelias bus uždarytas; žmonės važiuos į darbą kita gatve, už upės."
TURKISH = "Belediye başkanı, yolun pazartesi günü açılacağını söyledi; köylüler ise yağmurun sürdüğünü anlattı."
RUSSIAN = (
    "Премьер-министр заявил в понедельник, что дорога будет открыта. Подробности неизвестны, объём работ велик."
)
UKRAINIAN = "Мерія повідомила, що їхній міст відкриють у неділю; ґрунт під опорами зміцнили ще взимку."
GREEK = "Ο δήμαρχος ανακοίνωσε ότι ο δρόμος θα ανοίξει τη Δευτέρα, αλλά η γέφυρα μένει κλειστή."
HEBREW = "ראש העיר הודיעה כי הכביש ייפתח ביום שני, אך הגשר יישאר סגור עד הסתיו."
ARABIC = "أعلنت رئيسة البلدية أن الطريق سيفتح يوم الاثنين، لكن الجسر سيبقى مغلقا حتى الخريف."
THAI = "นายกเทศมนตรีประกาศว่าถนนจะเปิดในวันจันทร์ แต่สะพานยังคงปิดอยู่จนถึงฤดูฝน"
CHINESE = "市长星期一说,道路将会开放,但是老桥要到秋天才能使用。她补充说,我们不想让任何人冒险。"
TRADITIONAL = "市長星期一說,道路將會開放,但是老橋要到秋天才能使用。她補充說,我們不想讓任何人冒險。"
JAPANESE = "市長は月曜日に、道路が開通すると述べた。橋は秋まで通れない。①の道を使ってほしいという。"
KOREAN = "시장은 월요일 도로가 개통될 것이라고 말했다. 다리는 가을까지 다니지 못한다."
PERSIAN = "شهردار گفت که مردم می‌توانند از راه دیگری بروند و پل تا پاییز بسته می‌ماند."


def page(text: str, label: str | None = None) -> str:
    """Give an HTML page that declares a character set, or none."""
    declaration = f'<meta charset="{label}">' if label else ""
    return f"<!doctype html><html><head>{declaration}<title>x</title></head><body><p>{text}</p></body></html>"


def prolog(text: str, label: str) -> str:
    """Give an XHTML page that declares its character set as XML does."""
    return f'<?xml version="1.0" encoding="{label}"?><html><body><p>{text}</p></body></html>'


class Case(NamedTuple):
    """Bytes with what was said of them, and what must come out."""

    data: bytes
    text: str
    charset: str
    method: str
    evidence: str
    header: str | None = None


def encoded(
    text: str, charset: str, method: str, evidence: str, *, header: str | None = None, named: str | None = None
) -> Case:
    """Give the case of a text in a character set, which is reported as `named`."""
    return Case(text.encode(charset), text, named or charset, method, evidence, header)


CASES = {
    # the mark decides
    "mark of utf-8": Case(b"\xef\xbb\xbf" + FRENCH.encode(), FRENCH, "utf-8", "bom", "mark"),
    "mark of utf-16, little end first": Case(
        b"\xff\xfe" + RUSSIAN.encode("utf-16-le"), RUSSIAN, "utf-16-le", "bom", "mark"
    ),
    "mark of utf-16, big end first, against the header": Case(
        b"\xfe\xff" + CHINESE.encode("utf-16-be"), CHINESE, "utf-16-be", "bom", "mark", "utf-8"
    ),
    "mark of utf-32": Case(b"\xff\xfe\0\0" + GREEK.encode("utf-32-le"), GREEK, "utf-32-le", "bom", "mark"),
    "false mark of utf-16 before utf-8": Case(b"\xff\xfe" + GERMAN.encode(), GERMAN, "utf-8", "utf-8", "utf8"),
    "mark of utf-8 before cp1252": Case(
        b"\xef\xbb\xbf" + GERMAN.encode("cp1252"), GERMAN, "cp1252", "detected", "detected"
    ),
    # UTF-8, whatever is said
    "ascii": encoded("Nothing but plain letters, said the mayor.", "ascii", "utf-8", "ascii", named="utf-8"),
    "utf-8": encoded(PERSIAN, "utf-8", "utf-8", "utf8"),
    "utf-8, header says latin-1": encoded(FRENCH, "utf-8", "utf-8", "utf8", header="ISO-8859-1"),
    "utf-8, page says windows-1251": encoded(page(RUSSIAN, "windows-1251"), "utf-8", "utf-8", "utf8"),
    "utf-8 with a scratch": Case(
        THAI.encode() + b"\xe0\xb8 " + THAI.encode(), f"{THAI}\ufffd {THAI}", "utf-8", "detected", "scratched_utf8"
    ),
    # the header
    "koi8-r by the header": encoded(RUSSIAN, "koi8-r", "header", "agreed", header="KOI8-R"),
    "windows-874 by the header, quoted": encoded(THAI, "cp874", "header", "agreed", header='"windows-874"'),
    "euc-kr by the header": encoded(KOREAN, "cp949", "header", "agreed", header="euc-kr"),
    "header before page": encoded(page(CZECH, "windows-1251"), "cp1250", "header", "agreed", header="windows-1250"),
    "header that cannot be true, page that can": encoded(
        page(JAPANESE, "shift_jis"), "cp932", "declared", "agreed", header="utf-8"
    ),
    "mac-roman by the header": encoded(FRENCH, "mac-roman", "header", "agreed", header="macintosh"),
    # the page
    "latin-1 declared, cp1252 meant": encoded(page(ENGLISH, "iso-8859-1"), "cp1252", "declared", "agreed"),
    "windows-1250 declared": encoded(page(POLISH, "windows-1250"), "cp1250", "declared", "agreed"),
    "iso-8859-2 declared in XML": encoded(prolog(POLISH, "ISO-8859-2"), "iso8859-2", "declared", "agreed"),
    "windows-1254 declared as iso-8859-9": encoded(page(TURKISH, "iso-8859-9"), "cp1254", "declared", "agreed"),
    "gb2312 declared, gb18030 meant": encoded(page(CHINESE + "\u9555", "gb2312"), "gb18030", "declared", "agreed"),
    "big5 declared": encoded(page(TRADITIONAL, "big5"), "big5", "declared", "agreed", named="big5hkscs"),
    "shift_jis declared, with a circled number": encoded(page(JAPANESE, "x-sjis"), "cp932", "declared", "agreed"),
    "windows-1256 declared": encoded(page(ARABIC, "windows-1256"), "cp1256", "declared", "agreed"),
    "windows-1255 declared": encoded(page(HEBREW, "windows-1255"), "cp1255", "declared", "agreed"),
    # what is said is evidently wrong
    "windows-1251, header says latin-1": encoded(
        page(RUSSIAN), "cp1251", "detected", "detected", header="iso-8859-1"
    ),
    "koi8-r, page says windows-1251": encoded(page(RUSSIAN, "windows-1251"), "koi8-r", "detected", "detected"),
    "windows-1250, page says latin-1": encoded(page(CZECH, "iso-8859-1"), "cp1250", "detected", "detected"),
    "euc-jp, page says shift_jis": encoded(
        page(JAPANESE.replace("①", ""), "shift_jis"), "euc_jp", "detected", "detected"
    ),
    "cp1252, page says gb2312": encoded(page(GERMAN, "gb2312"), "cp1252", "detected", "detected"),
    "header wrong, page right": encoded(
        page(RUSSIAN, "koi8-r"), "koi8-r", "declared", "agreed", header="iso-8859-1"
    ),
    # nothing is said
    "cp1252 unsaid": encoded(GERMAN, "cp1252", "detected", "detected"),
    "cp1252 unsaid, two quotes": encoded(
        "The mayor said “no” at noon.", "cp1252", "detected", "detected_in_little"
    ),
    "windows-1257 unsaid": encoded(LITHUANIAN, "cp1257", "detected", "detected"),
    "koi8-u unsaid": encoded(UKRAINIAN, "koi8-u", "detected", "detected"),
    "mac-roman unsaid": encoded(ENGLISH, "mac-roman", "detected", "detected_in_little"),
    "iso-2022-jp unsaid": encoded(JAPANESE.replace("①", ""), "iso2022_jp", "detected", "detected"),
    "utf-16 unsaid, Latin": encoded(GERMAN, "utf-16-le", "detected", "detected"),
    "utf-16 unsaid, Cyrillic": encoded(RUSSIAN, "utf-16-be", "detected", "detected"),
    "utf-16 unsaid, Chinese": encoded(f"{CHINESE}\n{CHINESE}\n", "utf-16-le", "detected", "detected"),
    # mojibake is valid UTF-8 and stays for the display form
    "mojibake": encoded(FRENCH.encode().decode("latin-1"), "utf-8", "utf-8", "utf8"),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_become_text(name: str) -> None:
    case = CASES[name]
    got = decode(case.data, Limits(), is_html=case.text.startswith("<"), declared=case.header)
    assert got == Decoded(case.text, case.charset, case.method, EVIDENCE[case.evidence])


LEGACY = {
    "cp1252": GERMAN, "cp1250": POLISH, "cp1251": RUSSIAN, "koi8-r": RUSSIAN, "koi8-u": UKRAINIAN, "cp1253": GREEK,
    "cp1254": TURKISH, "cp1255": HEBREW, "cp1256": ARABIC, "cp1257": LITHUANIAN, "cp874": THAI, "mac-roman": FRENCH,
    "gb18030": CHINESE, "big5hkscs": TRADITIONAL, "cp932": JAPANESE, "cp949": KOREAN, "euc_jp": JAPANESE[:20],
}  # fmt: skip
LABELS = {
    "cp874": "windows-874",
    "big5hkscs": "big5",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
}  # what the web calls them


@given(st.sampled_from(sorted(LEGACY)), st.integers(1, 3), st.booleans(), st.sampled_from(["", "\n", " 12:30\n"]))
def test_what_the_page_states_rightly_comes_back(charset: str, times: int, is_html: bool, end: str) -> None:  # noqa: FBT001
    text = (page if is_html else str)((LEGACY[charset] + end) * times)
    got = decode(text.encode(charset), Limits(), is_html=is_html, declared=LABELS.get(charset, charset))
    assert (got.text, got.confidence) == (text, EVIDENCE["agreed"])


@given(
    st.binary(max_size=200),
    st.sampled_from(sorted(LEGACY)),
    st.booleans(),
    st.sampled_from(
        [None, "", "utf-8", "shift_jis", "x\0y", "\ud800", "latin1; charset=big5", "hz-gb-2312", "undefined"]
    ),
)
def test_no_bytes_and_no_header_crash(noise: bytes, charset: str, is_html: bool, header: str | None) -> None:  # noqa: FBT001
    data = LEGACY[charset].encode(charset) + noise
    try:
        got = decode(data, Limits(), is_html=is_html, declared=header)
    except Unusable:
        return
    assert got.confidence in EVIDENCE.values()
    assert got.text.encode("utf-8", "replace")


# Every text here, once more by way of a wrong set: the display form has it back
MISREAD = [
    (text, charset)
    for text in (
        GERMAN,
        FRENCH,
        ENGLISH,
        POLISH,
        CZECH,
        TURKISH,
        RUSSIAN,
        UKRAINIAN,
        GREEK,
        HEBREW,
        CHINESE,
        KOREAN,
    )
    for charset in ("latin-1", "cp1251", "mac-roman", "koi8-r", "cp866")
    if not (charset == "cp1251" and b"\x98" in text.encode())
]


@pytest.mark.parametrize(("text", "charset"), MISREAD)
def test_utf8_that_was_read_in_a_wrong_set_is_shown_as_it_was(text: str, charset: str) -> None:
    (line,) = repair_lines([text.encode().decode(charset)])
    (sound,) = repair_lines([text])
    assert (line.text, line.kind) == (sound.text, "mojibake")
