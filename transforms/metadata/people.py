"""Names of people in a byline: split, without roles, outlets, addresses and desks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from transforms.lines import match_key

_BY = re.compile(
    r"\A\W*(?:(?:(?:written|posted|published|words|story|text|report(?:ed|ing)?|article|blog|post|authored|contributed|"
    r"created|compiled|interview|opinion|analysis|review(?:ed)?|photos?)\b[\w ]{0,12}?\s)?by|authors?|writers?|"
    r"words|"
    r"von|ein artikel von|par|por|di|door|tekst|text|texte|texto|testo|av|af|autor(?:in|es|a|i)?|auteurs?|autore|"
    r"автор|текст|тексты|скачать|yazan|haber|oleh|penulis|作者|文|记者|記者|责任编辑|责编|編集|取材|글)\s*(?:[:：|]\s*|\s+)",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*[;|/•·、，\n]\s*|\s+(?:and|AND|und|UND|et|ET|y|e|&|og|OG|och|OCH|en|ja|ve|i|и|та|with|mit|avec|con)\s+|\s+&\s*|\s*&\s+|"
    r",\s*(?:and|und|et|y|e|&)\s+|\s+[–—-]\s+|\s*,\s*(?!(?:Jr|Sr|II|III|IV)\b)"
)
_DEGREE = re.compile(
    r"(?:Ph\.?\s?D|M\.?D|M\.?S(?:c|W)?|M\.?B\.?A|M\.?P\.?H|R\.?[DN]N?|D\.?O|D\.?V\.?M|V\.?M\.?D|J\.?D|Ed\.?D|C\.?F\.?[AP]|"
    r"C\.?P\.?[AP]|CEPF|CFRE|MFA|MW|BA|LVT|VTS|DACVB|DACVN|FAND|FACLM|FOMA|DABOM|DABVP|LDN?|PsyD|PharmD|DDS|DMD|PSP|CPP|"
    r"SMT|E-RYT(?:\s\d+)?|RYT(?:\s\d+)?|LCSW|LMFT|CSCS|NASM|Esq|FRCP|OBE|MBE|QC|KC)\b[.®™]*(?:\s*\([\w ]+\))?",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:[(\[（【<].*|\b(?:in|aus|à|desde|reports?|reporting|special to|for|at)\s+(?-i:(?:the\s+)?[A-Z].*)|"
    r"\b(?:updated?|published|posted|last|on|is|was|has|sponsored|read more)\b.*|"
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b,?\s*\d.*|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?\s+\d.*|"
    r"\s\d{1,2}(?:[.:/]|\s|$).*|기자\b.*|특파원.*|記者.*|记者.*)\Z",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|org|net|co|de|fr|uk|io|jp|html?)\b|://", re.IGNORECASE)
_ROLE = re.compile(
    r"(?<![^\W_])(?:staff|team|editors?|editorial|reporters?|writers?|newsroom|news|desk|admin(?:istrator)?|guest|contribut(?:or|ing|ors)|"
    r"correspondents?|columnists?|journalists?|press|agency|agencies|office|department|committee|university|institute|inc|llc|ltd|gmbh|"
    r"magazine|newspaper|times|tribune|herald|gazette|blog|media|group|foundation|association|redaktion|redaktionen|"
    r"redaktion(?:steam)?|rédaction|redacción|redacao|redação|redazione|redactie|toimitus|redakcja|redakce|redakcia|"
    r"редакция|редакція|agence|agentur|agencia|agenzia|nachrichten|zeitung|webmaster|moderator|unknown|anonymous|"
    r"marketing|manager|director|producer|photographer|getty|images|photo|author|by|share|follow|read|more|view|"
    r"posts?|comments?|subscribe|newsletter|home|contact|about|min|minutes?|ago|today|update[ds]?|published|"
    r"expert|specialist|analyst|founder|ceo|cto|president|professor|counselor|company|official)(?![^\W_])",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"\b(?:(?:center|centre|department|ministry|office|institute|university|college|school|museum|bank|society|"
    r"council|bureau|house|academy|association|foundation|library) (?:for|of|and)|community development)\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?(?:\s+\d.*)?|"
    r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?|\d.*",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]*")
_TITLE = re.compile(r"\A(?:dr|prof|mr|mrs|ms|sir|dame|herr|frau|dra?)\.?\s+", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_NARROW = re.compile(r"[a-zA-ZÀ-ɏ]")


@dataclass(frozen=True)
class NameLimits:
    """What a person's name looks like."""

    max_words: int = 6  # "Maria del Carmen de la Fuente"; dev: of 1,250 names none of a person has more
    max_chars: int = 60
    most_digits: int = 2


LIMITS = NameLimits()


def people(text: str, outlets: Collection[str] = ()) -> Iterator[str]:
    """Give the people whom a byline names, in its order; nothing that is an outlet, a desk, a role or an address.

    `outlets` are match keys of names that are none of a person here: the site's own.

    >>> list(people("By Ada Quill and Bo Reed, Staff Writer")), list(people("Reuters Staff"))
    (['Ada Quill', 'Bo Reed'], [])
    >>> list(people("Cy Moss, Ph.D., and Di Orr (Lunow)"))
    ['Cy Moss, Ph.D.', 'Di Orr']
    """
    if (_ADDRESS.search(text) and " " not in text.strip()) or _BODY.search(text):
        return
    for name in _parts(_unled(text)):
        if is_person(name) and match_key(name) not in outlets:
            yield name


def is_person(name: str) -> bool:
    """Tell whether a name can be a person's."""
    bare = _DEGREE.sub("", name)
    words = bare.split()
    return (
        bool(words)
        and len(_LETTER.findall(bare)) > 1
        and len(words) <= LIMITS.max_words
        and len(name) <= LIMITS.max_chars
        and sum(map(str.isdigit, bare)) <= LIMITS.most_digits
        and not _ADDRESS.search(bare)
        and not _ROLE.search(bare)
        and not _WHEN.fullmatch(bare)
        and not (
            len(words) > 1 and _NARROW.search(bare) and sum(word[0].islower() for word in words) > len(words) / 2
        )
        and not set(bare) & set('!?:()[]"“”„«»{}<>=#*_')
    )


def stated(text: str) -> str:
    """Give what a byline says where it names no person: a desk, an outlet, an agency; empty for an address.

    >>> stated("By Reuters Staff"), stated("https://example.org/ann")
    ('Reuters Staff', '')
    """
    said = _unled(text).strip(" ,.:;|-–—")
    fits = len(_LETTER.findall(said)) > 1 and len(said) <= LIMITS.max_chars and not _ADDRESS.search(said)
    return said if fits and not _WHEN.fullmatch(said) else ""


def is_handle(name: str) -> bool:
    """Tell whether a name is what somebody logs in with: 'admin2', 'ada.quill'."""
    return _HANDLE.fullmatch(name) is not None


def _unled(text: str) -> str:
    text = _BRACKETS.sub(" ", text)
    for _ in range(2):  # "Text: von Ada Quill"
        text = _BY.sub("", text, count=1)
    return text


def _parts(text: str) -> Iterator[str]:
    """Give the pieces between separators, a degree with the name before it."""
    name = ""
    for part in _SPLIT.split(text):
        piece = (
            _AFTER.sub("", part.strip(" ,.:;-–—\t")).strip(" ,:;-–—\t")
            if not _DEGREE.fullmatch(part.strip())
            else part.strip()
        )
        if name and _DEGREE.fullmatch(piece):
            name = f"{name}, {piece}"
            continue
        if name:
            yield name
        name = piece
    if name:
        yield name
