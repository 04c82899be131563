"""The language of news, headlines and of what is none."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.language import LANGUAGES, detect_language, language_code

NEWS = tomllib.loads((Path(__file__).parents[1] / "benchmarks" / "invented.toml").read_text(encoding="utf-8"))
CODES = {"zh-Hant": "zh", "ms": "id"}  # Malay and Indonesian news differ in a few words
HARD = {"no", "sl", "hr", "ms", "id"}  # headlines that are as good in a neighbour's language


@pytest.mark.parametrize("language", NEWS)
def test_a_short_item_of_news_is_enough(language: str) -> None:
    found = detect_language(NEWS[language])
    assert CODES.get(found or "", found) == CODES.get(language, language)


@pytest.mark.parametrize("language", [language for language in NEWS if language not in HARD])
def test_a_headline_is_right_or_unknown(language: str) -> None:
    headline = NEWS[language].strip().split("\n")[0]
    assert detect_language(headline) in {CODES.get(language, language), None}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "12:30 – 4:1",
        "Ronaldo, Messi, Neymar, Mbappé",
        "https://example.com/a/b",
        "OK",
        "\x00\x01",
        "\ud800",
        "🙂🙂",
    ],
)
def test_too_little_to_tell_is_unknown(text: str) -> None:
    assert detect_language(text) is None


def test_control_characters_and_lone_surrogates_do_not_matter() -> None:
    text = "Der Stadtrat\x0b hat am\x00 Dienstag \ufdd0 die alte \ud800 Brücke gesperrt, teilte er mit."
    assert detect_language(text) == "de"


def test_both_forms_of_norwegian_are_one_language() -> None:
    nynorsk = "Kommunestyret vedtok tysdag at den gamle brua over elva ikkje skal opnast før til hausten, seier ho."
    assert detect_language(nynorsk) == "no"


@given(st.text())
def test_any_text_has_one_answer(text: str) -> None:
    found = detect_language(text)
    assert found in {*LANGUAGES, None}
    assert detect_language(text) == found


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        (" DE ", "de"),
        ("nb-NO", "no"),
        ("nn", "no"),
        ("zh-Hant-TW", "zh"),
        ("english", None),
        ("xx", None),
        ("", None),
        (None, None),
    ],
)
def test_language_tags_become_codes(tag: str | None, code: str | None) -> None:
    assert language_code(tag) == code
