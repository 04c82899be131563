"""The language of a text, and the code of a language tag.

py3langid (naive Bayes over byte n-grams, Lui and Baldwin 2012) with its probabilities. Why this one, and what it
reaches: docs/decisions/0016-language-detector.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

# ISO 639-1, by first letter; 'bh' was withdrawn in 2021 and is still written.
SECOND_LETTERS = {
    "a": "abefkmnrsvyz", "b": "aeghimnors", "c": "aehorsuvy", "d": "aevz", "e": "elnostu", "f": "afijory",
    "g": "adlnuv", "h": "aeiortuyz", "i": "adegikostu", "j": "av", "k": "agijklmnorsuvwy", "l": "abginotuv",
    "m": "ghiklnrsty", "n": "abdeglnorvy", "o": "cjmrs", "p": "ailst", "q": "u", "r": "mnouw",
    "s": "acdegiklmnoqrstuvw", "t": "aeghiklnorstwy", "u": "gkrz", "v": "eio", "w": "ao", "x": "h", "y": "io",
    "z": "ahu",
}  # fmt: skip
LANGUAGES = frozenset(first + second for first, seconds in SECOND_LETTERS.items() for second in seconds)


@dataclass(frozen=True)
class Evidence:
    """How much text is looked at, and how sure an answer must be."""

    chars: int = 500  # of 320 pages of known language all are right from 300 characters on
    letters: int = 10  # fewer are a name, whatever the probability
    # Share of answers that are right at this probability: .999 of 100 characters, .997 of 50, .989 of 20. Below it
    # are 1 % of the texts of 100 characters, 7 % of those of 50, half of those of 20, a fifth of the headlines.
    probability: float = 0.5


def detect_language(text: str, evidence: Evidence = Evidence()) -> str | None:
    """Give the ISO 639-1 code of the text's language, or None where there is too little to tell.

    >>> detect_language("Der Stadtrat hat am Dienstag die alte Brücke gesperrt."), detect_language("Ronaldo, Messi")
    ('de', None)
    """
    head = text[: evidence.chars]
    if sum(map(str.isalpha, head)) < evidence.letters:
        return None
    code, probability = _identifier().classify(head)
    return code if probability >= evidence.probability else None


def language_code(value: str | None) -> str | None:
    """Give the ISO 639-1 code of a language tag, or None; the two Norwegian forms are 'no'.

    >>> language_code("en-GB"), language_code("nb_NO"), language_code("english")
    ('en', 'no', None)
    """
    code = re.split(r"[-_]", (value or "").strip().lower())[0]
    code = {"nb": "no", "nn": "no"}.get(code, code)
    return code if code in LANGUAGES else None


@cache
def _identifier() -> Any:
    """Give the model, which takes half a CPU second to load, cut to the languages that have a code of two letters.

    The others (Nigerian Pidgin before all) only take headlines away from English; Nynorsk is 'no' here.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if code in LANGUAGES and code != "nn"])
    return identifier
