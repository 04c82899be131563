"""Bytes to text: marks, UTF-8, declarations, detection, and what is no text at all."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.sources import Limits
from copydesk.sources.charsets import decode
from copydesk.sources.rejects import Unusable

LIMITS = Limits()
GERMAN = "Der Ministerpräsident erklärte am Montag, dass die Straße geöffnet wird: „Wir müssen“, sagte er."
CZECH = (
    "Předseda vlády v pondělí řekl, že silnice bude otevřena. Žádné další podrobnosti nejsou známy, uvedl mluvčí."
)
RUSSIAN = "Премьер-министр заявил в понедельник, что дорога будет открыта. Подробности пока неизвестны."
CHINESE = "总理星期一说,道路将会开放。细节目前尚不清楚。"
JAPANESE = "首相は月曜日に、道路が開通すると述べた。詳細はまだ不明である。"
KOREAN = "총리는 월요일 도로가 개통될 것이라고 말했다. 자세한 내용은 아직 알려지지 않았다."


@pytest.mark.parametrize(
    ("text", "charset", "named"),
    [
        (GERMAN, "cp1252", "cp1252"),
        ("It’s a “test” of the road.", "cp1252", "cp1252"),
        (CZECH, "iso8859-2", "iso8859-2"),
        (CZECH, "cp1250", "cp1250"),
        (RUSSIAN, "cp1251", "cp1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (CHINESE, "gb18030", "gb18030"),
        (JAPANESE, "shift_jis", "cp932"),
        (JAPANESE, "euc_jp", "euc_jp"),
        (JAPANESE, "iso2022_jp", "iso2022_jp"),
        (KOREAN, "cp949", "cp949"),
        (GERMAN, "utf-16-le", "utf-16-le"),
        (GERMAN, "utf-16-be", "utf-16-be"),
    ],
)
def test_undeclared_character_sets_are_detected(text: str, charset: str, named: str) -> None:
    assert decode(text.encode(charset), LIMITS)[:3] == (text, named, "detected")


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_decides(charset: str) -> None:
    assert decode(f"\ufeff{GERMAN}".encode(charset), LIMITS)[:3] == (GERMAN, charset, "bom")


@pytest.mark.parametrize(
    ("text", "label", "charset"),
    [
        (CZECH, "latin2", "iso8859-2"),
        ("žluť", "windows-1250", "cp1250"),
        (RUSSIAN, "windows-1251", "cp1251"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "GB2312", "gb18030"),
        (JAPANESE, "Shift_JIS", "cp932"),
        (GERMAN, "ISO-8859-1", "cp1252"),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        '<html><head><meta charset="{}"></head>{}',
        "<META http-equiv=Content-Type content='text/html; charset={}'>{}",
        '<?xml version="1.0" encoding="{}"?><html>{}</html>',
    ],
)
def test_a_declared_character_set_is_used(form: str, text: str, label: str, charset: str) -> None:
    markup = form.format(label, text)
    assert decode(markup.encode(charset), LIMITS, is_html=True)[:3] == (markup, charset, "declared")


def test_utf8_wins_over_a_wrong_declaration() -> None:
    markup = f"<meta charset=iso-8859-1>{GERMAN}"
    assert decode(markup.encode(), LIMITS, is_html=True)[:3] == (markup, "utf-8", "utf-8")


@pytest.mark.parametrize("label", ["utf-8", "utf-16", "nonsense", "x-user-defined"])
def test_a_declaration_that_cannot_be_true_is_ignored(label: str) -> None:
    markup = f"<meta charset={label}>{GERMAN}"
    assert decode(markup.encode("cp1252"), LIMITS, is_html=True)[:3] == (markup, "cp1252", "detected")


def test_a_declaration_in_plain_text_means_nothing() -> None:
    text = f"<meta charset=windows-1251>{GERMAN}"
    assert decode(text.encode("cp1252"), LIMITS)[:3] == (text, "cp1252", "detected")


def test_one_bad_byte_in_utf8_costs_one_character() -> None:
    data = GERMAN.encode() * 3
    assert decode(data + b"\xff" + data, LIMITS)[:3] == (GERMAN * 3 + "\ufffd" + GERMAN * 3, "utf-8", "detected")


def test_one_bad_byte_in_a_declared_character_set_costs_one_character() -> None:
    markup = f"<meta charset=shift_jis>{JAPANESE * 5}"
    got = decode(markup.encode("shift_jis") + b"\x81", LIMITS, is_html=True)
    assert got[:3] == (markup + "\ufffd", "cp932", "declared")


def test_utf16_torn_inside_a_character_is_read() -> None:
    assert decode(f"\ufeff{GERMAN}".encode("utf-16-le")[:-1], LIMITS).text == GERMAN[:-1] + "\ufffd"


def test_the_replacement_character_itself_is_no_scratch() -> None:
    text = GERMAN * 3 + "\ufffd" * 10
    assert decode(text.encode() + b"\xff", LIMITS)[:3] == (text + "\ufffd", "utf-8", "detected")


def test_a_nul_among_text_stays_for_cleaning() -> None:
    assert decode(b"Some words and\0more of them", LIMITS).text == "Some words and\0more of them"


NOISE = random.Random(7)  # noqa: S311  the same noise in every run
BINARY = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + NOISE.randbytes(600),
    "zlib": zlib.compress(NOISE.randbytes(2_000)),
    "nul": bytes(300),
    "numbers": b"".join(number.to_bytes(4, "little") for number in range(200)),
    "not utf-16": b"\xff\xfe" + b"\x00\xd8" * 300,
    "controls": bytes(range(32)) * 10,
}


@pytest.mark.parametrize("name", BINARY)
def test_what_is_no_text_is_undecodable(name: str) -> None:
    with pytest.raises(Unusable, match=r"^undecodable: .*\. If it is text, convert it to UTF-8;"):
        decode(BINARY[name], LIMITS)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_text_or_unusable(data: bytes, is_html: bool) -> None:  # noqa: FBT001
    try:
        decoded = decode(data, LIMITS, is_html=is_html)
    except Unusable:
        return
    "".encode(decoded.charset)


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=100))
def test_any_valid_utf8_comes_back(text: str) -> None:
    if not text.startswith("\ufeff") and "\x1b" not in text and text.count("\x7f") <= len(text) / 20:
        assert decode(text.encode(), LIMITS)[:3] == (text, "utf-8", "utf-8")
