"""Finds the headline of a text and takes the names of sites off its end."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transforms.lines import count_words, ends_sentence, match_key, spaced, unadorned
from transforms.looks import Look
from transforms.normalize import match_form


@dataclass(frozen=True)
class TitleLimits:
    """What a headline looks like, and what a site's name behind it looks like."""

    min_words: int = 3  # dev: 98 % of 561 title lines have as many; shorter first lines are kickers
    max_chars: int = 200  # dev: none of the title lines is longer
    min_key: int = 12  # letters of a title whose repeats are cut; "Brexit" alone may head a section
    max_suffix_words: int = 4  # dev: "The New York Times", "Radio Free Europe/Radio Liberty"
    min_name: int = 4  # letters of a name that is looked for inside a host name
    min_head_words: int = 3  # what stays of a trimmed title
    tail_words: int = 6  # a line may be longer than its title by a suffix of so many words ...
    tail_chars: int = 80  # ... and characters
    max_parted: int = 1000  # characters; a longer "title" is no headline: it is compared, but not taken apart


LIMITS = TitleLimits()
_SEPARATOR = re.compile(r"\s+(?:[|–—‒·•»«]|-{1,2}|::|//)\s+|\s*[|｜]\s*")
_BAR = re.compile(r"[|｜]|::|//|[»«·•]")
_BULLETS = "•*·▪▫●■□►▶▸▼▲→↓↑✓✔☆★◆◇○◦‣⁃❯|｜<>«»‹› "  # no dash: it opens a quotation
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+(?:[a-z]{2,12})", re.IGNORECASE)
_NAME_WORD = re.compile(
    r"(?:[A-ZÀ-ÖØ-ÞĀ-Ž\u0400-\u042f0-9]\S*|of|the|and|de|der|die|das|la|le|del|di|da|do|en|y|&)\Z"
)
_IMPRINTS = frozenset({"legal", "republished"})  # kinds of lines that name a paper and no person
_LABELLED = "links.labelled"  # the rule for "Opinion: …": a pointer to another text, or the headline of this one
_ASCII = frozenset(string.ascii_letters + string.digits)
_HEAD = 3  # letters that are compared before the whole match keys are made
# Parts of a paper, not sources: they are trimmed, but they are not whose text it is.
SECTIONS = frozenset({
    "news", "world", "politics", "business", "sport", "sports", "opinion", "national", "international", "europe",
    "economy", "culture", "tech", "technology", "science", "health", "lifestyle", "entertainment", "video", "live",
    "politik", "wirtschaft", "kultur", "panorama", "ausland", "monde", "politique", "économie", "política", "mundo",
    "economía", "esteri", "mondo", "nieuws", "новости", "мир", "политика",
})  # fmt: skip


@dataclass(frozen=True)
class Titled:
    """A headline, what was behind it, and the lines of the text that say it."""

    title: str | None
    site: str | None = None
    source: str | None = None  # whose text it was before, where two names stand behind the title
    line: int | None = None  # index of the line that moves to the title column
    repeats: tuple[int, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What tells the name of a site from the last words of a headline."""

    site: str | None = None
    known: frozenset[str] = frozenset()  # match keys of lines that may be the headline without the name
    imprints: tuple[str, ...] = ()  # lines that name whose text it is: "© Newsmirror"


def trim_suffix(title: str, evidence: Evidence = Evidence()) -> tuple[str, str | None, str | None]:
    """Give the headline, the site's name behind it, and the source named before the site.

    The last part is taken for a name on evidence only: it is the site's own name or a domain, the headline
    stands without it in the text, an imprint names it, a bar and no dash divides it, or two or more short
    capitalised parts follow one another.

    >>> trim_suffix("Dam bursts after a week of rain – NRB – Newsmirror")
    ('Dam bursts after a week of rain', 'Newsmirror', 'NRB')
    >>> trim_suffix("Talks fail – ministers leave Geneva")
    ('Talks fail – ministers leave Geneva', None, None)
    >>> trim_suffix("Dam bursts after a week of rain - The Daily Mirror", Evidence("dailymirror.example"))
    ('Dam bursts after a week of rain', 'The Daily Mirror', None)
    """
    if len(title) > LIMITS.max_parted:
        return title, None, None
    cuts = [cut for cut in _SEPARATOR.finditer(title) if cut.start() > 0 and not _is_quote(cut.group(), title)]
    first = _first_suffix(title, cuts, evidence)
    if first is None:
        return title, None, None
    names = [
        title[left.end() : right]
        for left, right in zip(first, [*(c.start() for c in first[1:]), None], strict=True)
    ]
    dashes = not any(_BAR.search(cut.group()) for cut in first)
    source = names[-2] if dashes and len(names) > 1 and names[-2].casefold() not in SECTIONS else None
    return title[: first[0].start()].rstrip(), names[-1].strip(), source


def _is_quote(separator: str, title: str) -> bool:
    """Tell whether a guillemet between spaces belongs to a French quotation: it has a partner."""
    return separator.strip() in {"«", "»"} and "«" in title and "»" in title


def _first_suffix(title: str, cuts: list[re.Match[str]], evidence: Evidence) -> list[re.Match[str]] | None:
    """Give the separators from the first suffix on, or None where no part is surely a name."""
    for n, cut in enumerate(cuts):
        head = title[: cut.start()]
        if (
            match_key(head) in evidence.known
            and count_words(head) >= LIMITS.min_head_words
            and all(_is_short(part) for part in _parts(title, cuts[n:]))
        ):
            return cuts[n:]
    taken = len(cuts)
    while taken and _is_name(_parts(title, cuts[taken - 1 :])[0]):
        taken -= 1
    suffix = cuts[taken:]
    while suffix and count_words(title[: suffix[0].start()]) < LIMITS.min_head_words:
        suffix = suffix[1:]
    if not suffix:
        return None
    if len(suffix) > 1 and suffix[0].group().strip() == suffix[-1].group().strip():
        return suffix
    last = suffix[-1:]
    name = title[last[0].end() :].strip()
    is_divided = _DOMAIN.fullmatch(name) or _BAR.search(last[0].group())
    sure = is_divided or _names_site(name, evidence.site) or _is_imprinted(name, evidence.imprints)
    return last if sure else None


def _is_imprinted(name: str, imprints: Iterable[str]) -> bool:
    """Tell whether one of the lines holds the name, word for word."""
    wanted = match_form(name)
    return len(wanted) >= LIMITS.min_name and any(f" {wanted} " in f" {match_form(line)} " for line in imprints)


def _parts(title: str, cuts: list[re.Match[str]]) -> list[str]:
    ends = [*(cut.start() for cut in cuts[1:]), len(title)]
    return [title[cut.end() : end].strip() for cut, end in zip(cuts, ends, strict=True)]


def _is_short(part: str) -> bool:
    return 0 < count_words(part) <= LIMITS.max_suffix_words + 1 and not ends_sentence(part)


def _is_name(part: str) -> bool:
    """Tell whether a part can be a name: few words, all capitalised, no sentence mark or quotation."""
    words = part.split()
    fits = 0 < len(words) <= LIMITS.max_suffix_words and not ends_sentence(part)
    return (fits and all(_NAME_WORD.match(word) for word in words)) or _DOMAIN.fullmatch(part) is not None


def _names_site(name: str, site: str | None) -> bool:
    """Tell whether a name and a host name say the same: 'The Daily Mirror' and dailymirror.example."""
    if not site:
        return False
    label = match_key(max(site.split(".")[:-1] or [site], key=len))
    words = [match_key(word) for word in name.split()]
    key = "".join(words)
    bare = "".join(word for word in words if word not in {"the", "der", "die", "das", "le", "la", "el"})
    return len(bare) > 1 and (
        bare == label
        or key in match_key(site)
        or label in words
        or (len(bare) >= LIMITS.min_name and bare in label)
    )


def find_title(given: str | None, text: Sequence[Look], site: str | None, *, is_page: bool = False) -> Titled:
    """Give the headline of a text: the given one, else the first line that no rule marks and looks like one.

    The first lines of a whole page are its menu: there none is a headline.
    """
    texts = [look.shown for look in text]
    last_prose = next((n for n in range(len(text) - 1, -1, -1) if text[n].is_prose), len(text))
    if given and given.strip():
        return _given_title(" ".join(given.split()), text, last_prose, site)
    line = None if is_page else _first_line(text)
    if line is None or not looks_like_headline(texts[line], is_sentence=text[line].is_prose):
        return Titled(None)
    title, name, source = trim_suffix(headline(text[line].raw), _evidence(texts[line], text[line + 1 :], site))
    repeats = _same(title, texts)
    return Titled(title, name, source, line, tuple(n for n in repeats if n != line))


def _first_line(text: Sequence[Look]) -> int | None:
    """Give the index of the first line that no rule marks, or of a labelled one where that line is a paragraph."""
    labelled = None
    for n, look in enumerate(text):
        if look.shown and not look.rules:
            return labelled if labelled is not None and look.is_prose else n
        if labelled is None and look.rules and all(rule.id == _LABELLED for rule in look.rules):
            labelled = n
    return None


def _evidence(title: str, text: Iterable[Look], site: str | None) -> Evidence:
    """Give what the lines of the text tell of a name behind the title."""
    if _SEPARATOR.search(title) is None:
        return Evidence(site)
    looks = [look for look in text if look.shown]
    known = frozenset(match_key(look.shown) for look in looks if len(look.shown) <= len(title))
    imprints = tuple(look.shown for look in looks if any(rule.kind in _IMPRINTS for rule in look.rules))
    return Evidence(site, known, imprints)


def looks_like_headline(text: str, *, is_sentence: bool) -> bool:
    """Tell whether a line can be a headline: a few words, no paragraph and no statement with a full stop.

    >>> looks_like_headline("Ministers meet in Geneva", is_sentence=False)
    True
    """
    return (
        not is_sentence
        and text[-1] not in ".。।"
        and len(text) <= LIMITS.max_chars
        and count_words(text) >= LIMITS.min_words
    )


def _given_title(given: str, text: Sequence[Look], last_prose: int, site: str | None) -> Titled:
    """Give the given title, trimmed, and the lines of the text that repeat it."""
    texts = [look.shown for look in text]
    title, name, source = trim_suffix(given, _evidence(given, text, site))
    same = sorted({n for said in {title, given} for n in _same(said, texts)})
    line = same[0] if same and same[0] <= last_prose else None
    return Titled(title, name, source, line, tuple(n for n in same if n != line))


def _same(title: str, texts: Sequence[str]) -> list[int]:
    """Give the indices of the lines that say the title, alone or with a site's name behind it."""
    key = match_key(title)
    if len(key) < LIMITS.min_key and count_words(title) < LIMITS.min_head_words:
        return []
    longest, shortest = len(title) + LIMITS.tail_chars, max(1, len(title) // 2)
    # Letters and digits of ASCII begin the key as they are, but for their case.
    others = _ASCII - {key[:1], key[:1].upper()}
    near = [n for n, text in enumerate(texts) if shortest <= len(text) <= longest and text[0] not in others]
    return [n for n in near if _begins_like(texts[n], key) and _says(texts[n], key)]


def _begins_like(text: str, key: str) -> bool:
    """Tell, at little cost, whether the match key of a text can begin like this one."""
    head = text[:_HEAD]
    return key.startswith(head.lower()) or not (head.isascii() and head.isalnum())


def _says(text: str, key: str) -> bool:
    said = match_key(text)
    if said == key or not said.startswith(key) or len(text) > LIMITS.max_parted:
        return said == key
    cut = next((c for c in _SEPARATOR.finditer(text) if match_key(text[: c.start()]) == key), None)
    return cut is not None and count_words(text[cut.end() :]) <= LIMITS.tail_words


def headline(line: str) -> str:
    """Give a line as a title: as its author wrote it, without bullets, arrows and bars at its ends.

    >>> headline("  – We are ready  |"), headline("► «Titan» is lost …"), headline("- Watch: [live]")
    ('– We are ready', '«Titan» is lost …', 'Watch: [live]')
    """
    return unadorned(spaced(line).removeprefix("- "), _BULLETS, _BULLETS)
