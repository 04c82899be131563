"""How odd a text looks: what a wrong character set leaves behind.

Capitals inside words, signs between letters, letters that no language of the text writes, Chinese without a single
common character. No n-grams and no model: a few classes of characters tell nearly all of it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Letters beyond ASCII of languages with news in one-byte character sets, names from neighbours included. A letter
# that is missing costs little: it counts against every reading that shows it.
LETTERS = {
    "af": "áéèêëíîïóôöúûüŉ", "ca": "àéèíïóòúüç·ŀ", "cs": "áčďéěíňóřšťúůýž", "cy": "âêîôûŵŷáéíóúẃýàèìòùäëïöüẅÿ",
    "da": "æøåéóöä", "de": "äöüßéèà", "en": "éèêëàâçïîôöüñäáó", "es": "áéíóúñü", "et": "äöõüšž", "eu": "ñüç",
    "fi": "äöåšž", "fr": "àâæçéèêëîïôœùûüÿñ", "ga": "áéíóú", "hr": "čćđšž", "hu": "áéíóöőúüű", "id": "é",
    "is": "áðéíóúýþæö", "it": "àèéìíîòóùú", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "nl": "éëèêïöüóáíúçàä",
    "no": "æøåéèêóòôäöü", "pl": "ąćęłńóśźż", "pt": "áâãàçéêíóôõúü", "ro": "ăâîșțşţ", "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšžćđ", "sq": "ëç", "sv": "åäöéàü", "sw": "é", "tl": "ñ", "tr": "çğıöşüâîûi̇",
    "vi": "ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ",
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя", "bg": "абвгдежзийклмнопрстуфхцчшщъьюяѝ",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ", "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш", "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "el": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",
}  # fmt: skip

# The characters that every longer text in Chinese, Japanese or Korean has many of.
COMMON_IDEOGRAPHS = frozenset(
    "的一是不了在人有我他这這中大来來上国國个個到说說们們为為子和你地出道也时時年得就那要下以生会會自着着去之过過家学學对對可"
    "日月市本長"
)
KANA = ("\u3041", "\u30fe")
HANGUL = ("\uac00", "\ud7a3")
COMMON_HANGUL = frozenset("이다의는에을를은가고로한하지도사기대시아어서일정인")

_LOWER, _UPPER = (
    "".join(chr(code) for code in range(0x80, 0x530) if unicodedata.category(chr(code)) == kind)
    for kind in ("Ll", "Lu")
)
_LETTER = f"A-Za-z{_LOWER}{_UPPER}"
_SIGNS = "\x80-\x9f¡-©«-¶¸»-¿×÷˘-˝†-‡‰€™Ω∂∆∏∑√∞∫≈≠≤≥◊‚„‹›"
_SPACING_MARKS = "¨´¸¦¼½¾¤"
_LATIN_LETTER, _OTHER_LETTER, _WIDE_LETTER = "[A-Za-zÀ-ʯ]", "[Ͱ-\u0fff]", "[\u3041-\ud7a3\uf900-\ufaff]"
_BREAKS = re.compile(
    rf"(?<=[a-z{_LOWER}])[{_UPPER}]"  # a capital inside a word
    rf"|(?<=[{_LETTER}])[{_SIGNS}](?=[{_LETTER}])"  # a sign between letters
    rf"|(?<=[{_LETTER}])[{_SPACING_MARKS}]|[{_SPACING_MARKS}](?=[{_LETTER}])"
    rf"|(?<={_LATIN_LETTER}){_OTHER_LETTER}|{_OTHER_LETTER}(?={_LATIN_LETTER})"  # two scripts in a word
    rf"|(?<=[a-z]){_WIDE_LETTER}(?=[a-z])"
    "|[\x00\x80-\x9f\u2500-\u259f\ue000-\uf8ff\ufff0-\uffff\uff61-\uff9f]"  # controls, frames, nobody's characters
)
_ABOVE_ASCII = re.compile("[^\x00-\x7f]")
_LETTERS_OF = {language: frozenset(letters + letters.upper()) for language, letters in LETTERS.items()}


@dataclass(frozen=True)
class Odd:
    """When East Asian characters are odd."""

    wide_share: float = 0.3  # of the text; fewer ideographs among words of a known language are accents misread
    wide_chars: int = 12  # ideographs without a common one that prove a wrong reading
    common_share: float = 0.03  # of right Chinese, Japanese and Korean .10 to .35 are common, of wrong below .01


def oddness(text: str, language: str | None = None, odd: Odd = Odd()) -> float:
    """Give the odd places of a text per character beyond ASCII; 0 for sound text, about 1 for a wrong reading.

    >>> oddness("Straße"), oddness("StraÃŸe"), oddness("ńąńíńą", "de")
    (0.0, 1.0, 1.0)
    """
    beyond = _ABOVE_ASCII.findall(text)
    if not beyond:
        return 0.0
    letters = [char for char in beyond if char.isalpha()]
    narrow = [char for char in letters if char < KANA[0]]
    wide = [char for char in letters if char >= KANA[0]]
    are_accents = language in LETTERS and len(wide) < odd.wide_share * len(text)
    places = len(_BREAKS.findall(text)) + (len(wide) if are_accents else _uncommon(wide, odd))
    return round((places + _foreign(narrow, language)) / len(beyond), 3)


def _foreign(letters: list[str], language: str | None) -> int:
    """Count the letters that the language does not write; of an unknown one, those that the best guess does not."""
    if language in _LETTERS_OF:
        return sum(char not in _LETTERS_OF[language] for char in letters)
    if letters and language is None and min(letters) >= "\u0590":  # beyond Cyrillic a script is a language, nearly
        return 0
    return min(sum(char not in known for char in letters) for known in _LETTERS_OF.values())


def _uncommon(wide: list[str], odd: Odd) -> int:
    """Count the ideographs, kana and hangul if next to none of them is common."""
    if len(wide) < odd.wide_chars:
        return 0
    known = COMMON_IDEOGRAPHS | COMMON_HANGUL
    common = sum(char in known or KANA[0] <= char <= KANA[1] for char in wide)
    return len(wide) if common < odd.common_share * len(wide) else 0
