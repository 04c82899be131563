"""Mojibake is undone where the evidence is clear, and sound text of any language stays as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.mojibake import is_suspect, unscramble
from transforms.oddness import oddness

INVENTED = Path(__file__).parents[1] / "benchmarks" / "invented.toml"
NEWS = tomllib.loads(INVENTED.read_text(encoding="utf-8"))
LINES = [line for text in NEWS.values() for line in text.strip().split("\n")]


@pytest.mark.parametrize(
    ("arrived", "meant"),
    [
        ("donâ€™t", "don’t"),
        ("donâ\x80\x99t", "don’t"),
        ("Â£5 each", "£5 each"),
        ("cafÃ©", "café"),
        ("cafÃƒÂ©", "café"),
        ("cafÃƒÆ’Ã‚Â©", "café"),
        ("MÃœNCHEN", "MÜNCHEN"),
        ("BrГјcke", "Brücke"),
        ("Р”РѕСЂРѕРіР°", "Дорога"),
        ("п■п╬я─п╬пЁп╟", "Дорога"),
        ("a ‚Äúlong‚Äù road", "a “long” road"),
        ("Ingeni√∏rerne fandt √¶bler", "Ingeniørerne fandt æbler"),
        ("za ruku, Ĺˇkola i kuÄ‡a", "za ruku, škola i kuća"),
        ("ðŸš€ Start", "🚀 Start"),
        ("JaroÅ\x84", "Jaroń"),
        ("one cafÃ© is right, one café is not", "one café is right, one café is not"),
        ("he said â€œyes,â€ and went", "he said “yes,” and went"),
        ("Ã\xa0 la carte", "à la carte"),
    ],
)
def test_misread_text_is_read_again(arrived: str, meant: str) -> None:
    assert unscramble(arrived) == meant


SOUND = [
    *LINES,
    "«MAÇÃ»", "IRMÃ– E IRMÃO", "A MANHÃ” disse", "SÃO PAULO", "São João, Ângela, pão e maçã",
    "« Été », « À »", "«Étonnant», dit-il", "ŒUVRE – Œuvre", "Tiếng Việt: Ả Ầ Ẫ", "İSTANBUL Ğ Ş", "Рёбра", "РЁ",
    "می‌خواهم", "क्‍ष", "Ђорђе Ђурић", "Їжак і ґанок", "ß“", "‚Äpfel‘ und ‚Öl‘", "√2 ≈ 1,41", "25 °C – 30 °C",
    "½ µm", "Ä", "Å", "Øst", "ÐÑ", "naïve façade", "Ελλάδα – «Όχι»", "日本語「はい」", "한국어", "ไทย", "עברית",
    "\ufeff", "€™", "â",
]  # fmt: skip


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_stays(text: str) -> None:
    forms = [text, text.upper(), text.lower(), text.title(), f"“{text}”", f"«{text}»", f"{text}…"]
    assert [unscramble(form) for form in forms] == forms


@settings(deadline=None)
@given(st.lists(st.sampled_from([word for line in LINES for word in line.split()]), min_size=1, max_size=12))
def test_words_of_all_languages_in_any_mixture_stay(words: list[str]) -> None:
    text = " ".join(words)
    assert unscramble(text) == text


@settings(deadline=None)  # the first call loads the detector of languages
@given(st.sampled_from(LINES), st.sampled_from(["latin-1", "cp1252", "cp1254"]), st.integers(1, 3))
def test_what_was_misread_up_to_three_times_comes_back(line: str, charset: str, times: int) -> None:
    text = line
    for _ in range(times):
        try:
            text = text.encode().decode(charset)
        except UnicodeDecodeError:  # a closing quote in cp1252: nothing is exact any more
            break
    assert unscramble(text) == line


@given(st.text())
@example("Ã\xad\xa0")
@example("â€œâ€\ud800")
def test_any_text_has_an_answer_that_stays(text: str) -> None:
    once = unscramble(text)
    assert unscramble(once) == once or is_suspect(once)
    assert text.isascii() <= (once == text)


@pytest.mark.parametrize("line", LINES)
def test_news_in_any_language_is_not_odd(line: str) -> None:
    assert oddness(line) <= 0.03


@pytest.mark.parametrize("line", [line for line in LINES if not line.isascii()])
def test_news_misread_as_latin_is_odd(line: str) -> None:
    assert oddness(line.encode().decode("cp1252", "replace")) > oddness(line)
