"""Invented articles in any number, to see how the cost of fold grows.

No word of them is anybody's: words are made of syllables. What costs fold its time is how often the same three
words meet in unrelated texts, so that is matched to news. Measured on English texts of dedup_dev.parquet, one per
story, and on articles(9000, 455, 1), one per story; both are 435 words long on average:

    three-word sequences in more than ...        1 text  5 texts  24 texts
    of the distinct ones, 2,000 texts    news     7.1 %    .64 %     .05 %
                                         made     5.9 %    .80 %     .05 %
    of all that a text has, 2,000 texts  news    20.3 %    6.7 %     1.9 %
                                         made    19.3 %    8.4 %     1.8 %
    of all that a text has, 250 texts    news     8.3 %    1.5 %     .19 %
                                         made     8.3 %    1.2 %     .03 %

There are no 5,000 such news texts; of 5,000 made here, 25 %, 13 % and 6.1 % of all that a text has are in more than
1, 5 and 24. (The 919 English texts of extraction_dev.parquet, of 1,788 words: 21.8 %, 8.0 %, 2.5 %; 477 of
boilerplate_dev.parquet, of 1,679 words: 17.9 %, 5.6 %, 1.4 %.)

Words follow each other by a bigram model over a vocabulary with a Zipf law. Of the articles, 30 % are copies as
outlets make them (whole, cut at the end, a stretch left out, words changed, a paragraph added), of stories that few
outlets or very many carry; 5 % are templates (the same sentences with other names and numbers), each a story.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

Ints = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]
Suffixes = npt.NDArray[np.int8]

CHUNK_WORDS = 4_000_000  # put together at a time: some 300 MB of memory
OF_ONE_SYLLABLE, OF_TWO_SYLLABLES = 100, 4_000  # words of at most so many; with blanks, 6 characters a word
CHAINS = 4096  # walks through the bigram model that go on side by side
FIRST_DAY, DAYS = np.datetime64("2026-03-01"), 7


@dataclass(frozen=True)
class Language:
    """The bigram model. The numbers were fitted to the table in the module's docstring."""

    words: int = 40_000  # distinct, as 1.5 million words of the real texts have
    zipf_shift: float = 2.0  # the ten most frequent make up 17 % of a text, the 1,000 most frequent 67 %
    successors: int = 96  # words that commonly follow a word
    successor_slope: float = 0.85  # Zipf exponent over them
    jump: float = 0.25  # share of words that follow from none
    names: int = 8_000
    name_share: float = 0.03
    names_of_a_story: int = 6
    numbers: int = 2_000
    number_share: float = 0.015
    sentence_words: int = 20  # on average
    comma_share: float = 0.05
    paragraph_share: float = 0.4  # of the ends of sentences


@dataclass(frozen=True)
class Mix:
    """What the articles are: shares of all of them, unless it says otherwise. No source: typical, not measured."""

    copies: float = 0.30
    changes: tuple[float, ...] = (0.25, 0.25, 0.2, 0.15, 0.15)  # of copies: whole, head, gap, words, added
    head: tuple[float, float] = (0.4, 0.8)  # of the text: what stands before a cut
    gap: float = 0.2  # of the text
    changed_words: float = 0.03  # of the text
    paragraph_words: int = 30  # words that are added
    site_paragraphs: float = 0.5  # of the paragraphs added: the site adds the same to each text
    titles_kept: float = 0.7  # of copies
    title_words: int = 8
    story_slope: float = 2.0  # exponent of the law by which outlets take up a story
    most_copies: int = 150  # of one story
    templates: float = 0.05
    template_uses: int = 40  # articles of one template
    template_slot_every: int = 7  # words: a name or a number of the day
    sites: int = 200
    site_shift: float = 5.0  # of the Zipf law over sites
    spread: float = 0.6  # of the logarithm of the lengths
    shortest: int = 20  # words


WHOLE, HEAD, GAP, WORDS, ADDED = range(5)  # what was done to a copy
SUFFIXES = (" ", ", ", ". ", ".\n", ".", "")
_SPACE, _COMMA, _STOP, _BREAK, _END, _BARE = range(len(SUFFIXES))


@dataclass(frozen=True)
class _Pool:
    """Stretches of words that articles are cut from, one behind the other, by their number: where, how long.

    Per word: its number, the suffix behind it, whether it begins a sentence, whether it is a slot of a template.
    """

    starts: Ints
    sizes: Ints
    tokens: Tokens
    suffix: Suffixes
    is_first: Bools
    is_slot: Bools


@dataclass(frozen=True)
class _Plan:
    """Per article: its story, where its three stretches begin in the pool, how long each is, and the rest."""

    story: Ints
    starts: Ints
    sizes: Ints
    changed: Shares
    title: Ints
    site: Ints

    def take(self, order: Ints) -> _Plan:
        """Give these articles in this order."""
        places = (self.story[order], self.starts[order], self.sizes[order])
        return _Plan(*places, self.changed[order], self.title[order], self.site[order])


def articles(count: int, words: int, seed: int = 0) -> pa.Table:
    """Give so many articles (one or more) in mixed order: the same table for the same arguments.

    One row per article: doc_id, title, text, site, published (a day), lang, and story, which copies share. `words`
    is the mean length of originals; no column is null.
    """
    language, mix, rng = Language(), Mix(), np.random.default_rng(seed)
    pool, plan = _planned(count, words, language, mix, rng)
    write = _Writer(_pieces(language, rng), language, rng)
    bare = replace(pool, suffix=np.full_like(pool.suffix, _SPACE), is_first=np.zeros_like(pool.is_first))
    title_sizes = np.full((count, 1), mix.title_words)
    columns = {
        "doc_id": _numbered("d", np.arange(count)),
        "title": write.texts(bare, plan.title[:, np.newaxis], title_sizes, np.zeros(count), last=_BARE),
        "text": write.texts(pool, plan.starts, plan.sizes, plan.changed, last=_END),
        "site": pc.binary_join_element_wise(_numbered("site", plan.site), pa.scalar("example"), "."),
        "published": pa.array((FIRST_DAY + rng.integers(0, DAYS, count)).astype(str)),
        "lang": pa.array(["en"] * count),
        "story": _numbered("s", plan.story),
    }
    return pa.table(columns)


def _planned(count: int, words: int, language: Language, mix: Mix, rng: Generator) -> tuple[_Pool, _Plan]:
    """Give the pool of words, and which stretches of it make up each article."""
    filled, copies = int(count * mix.templates), int(count * mix.copies)
    originals = count - filled - copies
    templates = -(-filled // mix.template_uses)
    sizes = _sizes(originals + templates, words, mix, rng)
    paragraphs = np.full(mix.sites + copies, mix.paragraph_words)  # one of each site, one of each copy
    pool = _pool(np.concatenate((sizes, paragraphs)), language, rng)
    slots = slice(int(sizes[:originals].sum()), int(sizes.sum()))
    pool.is_slot[slots][:: mix.template_slot_every] = True

    copied = _copied(originals, copies, mix, rng)
    template = originals + np.arange(filled) // mix.template_uses
    source = np.concatenate((np.arange(originals), copied, template))
    story = np.concatenate((np.arange(originals), copied, originals + np.arange(filled)))
    starts, sizes = np.zeros((count, 3), np.int64), np.zeros((count, 3), np.int64)
    starts[:, 0], sizes[:, 0] = pool.starts[source], pool.sizes[source]
    sites = _draws(1 / (np.arange(mix.sites) + mix.site_shift), 16)
    site = sites[rng.integers(0, sites.size, count)].astype(np.int64)
    plan = _Plan(story, starts, sizes, np.zeros(count), starts[:, 0].copy(), site)
    _change(plan, slice(originals, originals + copies), originals + templates, pool, mix, rng)
    return pool, plan.take(rng.permutation(count))


def _sizes(count: int, words: int, mix: Mix, rng: Generator) -> Ints:
    """Give lengths in words, lognormal with the mean `words`."""
    drawn = np.exp(rng.normal(-(mix.spread**2) / 2, mix.spread, count)) * words
    return np.maximum(drawn.astype(np.int64), mix.shortest)


def _copied(originals: int, copies: int, mix: Mix, rng: Generator) -> Ints:
    """Give, per copy, the original that it is of: few originals have many copies."""
    taken: Ints = np.minimum(rng.zipf(mix.story_slope, copies), mix.most_copies)
    return np.repeat(rng.integers(0, originals, copies), taken)[:copies]


def _change(plan: _Plan, copies: slice, first_paragraph: int, pool: _Pool, mix: Mix, rng: Generator) -> None:
    """Make copies differ from their originals, in place; cuts fall on ends of sentences."""
    starts, sizes, site = plan.starts[copies], plan.sizes[copies], plan.site[copies]
    count = site.size
    change = rng.choice(len(mix.changes), count, p=mix.changes)
    begin, end = starts[:, 0].copy(), starts[:, 0] + sizes[:, 0]
    stops = np.flatnonzero(pool.suffix >= _STOP) + 1
    cut = np.minimum(_next(stops, begin + rng.uniform(*mix.head, count) * sizes[:, 0]), end)
    resumed = np.minimum(_next(stops, cut + mix.gap * sizes[:, 0]), end)
    own = mix.sites + np.arange(count)
    paragraph = first_paragraph + np.where(rng.random(count) < mix.site_paragraphs, site, own)

    other_title = rng.random(count) >= mix.titles_kept
    inside = (rng.random(count) * np.maximum(sizes[:, 0] - mix.title_words, 0)).astype(np.int64)
    plan.title[copies] += np.where(other_title, inside, 0)
    plan.changed[copies] = np.where(change == WORDS, mix.changed_words, 0)
    sizes[:, 0] = np.where((change == HEAD) | (change == GAP), cut - begin, sizes[:, 0])
    starts[:, 1], sizes[:, 1] = resumed, np.where(change == GAP, end - resumed, 0)
    starts[:, 2], sizes[:, 2] = pool.starts[paragraph], np.where(change == ADDED, mix.paragraph_words, 0)


def _next(stops: Ints, places: Shares) -> Ints:
    """Give, per place in the pool, the next place behind an end of a sentence; the pool ends with one."""
    found: Ints = stops[np.searchsorted(stops, places)]
    return found


def _pool(sizes: Ints, language: Language, rng: Generator) -> _Pool:
    """Give stretches of these sizes, each ending with a paragraph."""
    total, ends = int(sizes.sum()), np.cumsum(sizes)
    tokens, drawn = _stream(total, language, rng), rng.random(total)
    cast = np.repeat(np.arange(sizes.size), sizes) * language.names_of_a_story
    cast += rng.integers(0, language.names_of_a_story, total)
    is_name, is_number = drawn < language.name_share, drawn > 1 - language.number_share
    tokens[is_name] = language.words + cast[is_name] % language.names
    numbers = rng.integers(0, language.numbers, int(is_number.sum()))
    tokens[is_number] = language.words + language.names + numbers

    drawn = rng.random(total)
    suffix = np.full(total, _SPACE, np.int8)
    suffix[drawn < language.comma_share] = _COMMA
    suffix[drawn > 1 - 1 / language.sentence_words] = _STOP
    suffix[drawn > 1 - language.paragraph_share / language.sentence_words] = _BREAK
    suffix[ends - 1] = _BREAK
    is_first = np.append(True, suffix[:-1] >= _STOP)
    return _Pool(ends - sizes, sizes, tokens, suffix, is_first, np.zeros(total, np.bool_))


def _stream(total: int, language: Language, rng: Generator) -> Tokens:
    """Give a walk through the bigram model: so many numbers of words, the smaller the more frequent."""
    common = _draws(1 / (np.arange(language.words) + 1 + language.zipf_shift), 20)
    follows = common[rng.integers(0, common.size, (language.words, language.successors))]
    rank = _draws(1 / np.arange(1, language.successors + 1) ** language.successor_slope, 14)
    steps = total // CHAINS + 1
    walked = np.empty((CHAINS, steps), np.int32)
    word = common[rng.integers(0, common.size, CHAINS)]
    for step in range(steps):
        onward = follows[word, rank[rng.integers(0, rank.size, CHAINS)]]
        anywhere = common[rng.integers(0, common.size, CHAINS)]
        word = walked[:, step] = np.where(rng.random(CHAINS) < language.jump, anywhere, onward)
    return walked.ravel()[:total]


def _draws(weights: Shares, bits: int) -> Tokens:
    """Give 2**bits indices of the weights, each as often as its weight says: one look-up is one draw."""
    places = (np.arange(1 << bits) + 0.5) / (1 << bits)
    found = np.searchsorted(np.cumsum(weights) / weights.sum(), places)
    return np.minimum(found, weights.size - 1).astype(np.int32)


@dataclass(frozen=True)
class _Writer:
    """Makes texts of places in the pool. `pieces`: what is written for a word, by number, first or not, suffix."""

    pieces: pa.Array
    language: Language
    rng: Generator

    def texts(self, pool: _Pool, starts: Ints, sizes: Ints, changed: Shares, *, last: int) -> pa.ChunkedArray:
        """Give the text of each article, made of its stretches; its last word has the suffix `last`."""
        totals = sizes.sum(axis=1)
        cuts = np.flatnonzero(np.diff(np.cumsum(totals) // CHUNK_WORDS)) + 1
        chunks = np.split(np.arange(totals.size), cuts)
        return pa.chunked_array([self._chunk(pool, starts[c], sizes[c], changed[c], last) for c in chunks])

    def _chunk(self, pool: _Pool, starts: Ints, sizes: Ints, changed: Shares, last: int) -> pa.Array:
        places = _places(starts.ravel(), sizes.ravel())
        totals = sizes.sum(axis=1)
        ends = np.cumsum(totals)
        tokens, suffix, is_first = pool.tokens[places], pool.suffix[places], pool.is_first[places]
        edited = np.flatnonzero(self.rng.random(places.size) < np.repeat(changed, totals))
        tokens[edited] = self.rng.integers(0, self.language.words, edited.size)
        slots = np.flatnonzero(pool.is_slot[places])
        facts = self.rng.integers(0, self.language.names + self.language.numbers, slots.size)
        tokens[slots] = self.language.words + facts
        suffix[ends - 1], is_first[ends - totals] = last, True
        numbers = (tokens.astype(np.int64) * 2 + is_first) * len(SUFFIXES) + suffix
        _, offsets, data = self.pieces.take(pa.array(numbers)).buffers()
        bounds = np.frombuffer(offsets, np.int64)[np.append(0, ends)]
        return pa.LargeStringArray.from_buffers(ends.size, pa.py_buffer(bounds), data).cast(pa.string())


def _places(starts: Ints, sizes: Ints) -> Ints:
    """Give the places of all words of these stretches, one stretch behind the other."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1])) + np.repeat(starts - ends + sizes, sizes)


def _pieces(language: Language, rng: Generator) -> pa.Array:
    words = _words(language.words + language.names, random.Random(int(rng.integers(1 << 32))))  # noqa: S311 - no secret
    written = words[: language.words] + [word.capitalize() for word in words[language.words :]]
    written += [str(number) for number in range(1, language.numbers + 1)]
    forms = ((word, word[0].upper() + word[1:]) for word in written)
    return pa.array([form + suffix for pair in forms for form in pair for suffix in SUFFIXES], pa.large_string())


def _words(count: int, draw: random.Random) -> list[str]:
    """Give distinct invented words, the shorter first, as frequent words are."""
    heads, tails = "bdfghklmnprstvw", ("", "n", "r")
    syllables = [f"{head}{vowel}{tail}" for head in heads for vowel in "aeiou" for tail in tails]
    found: dict[str, None] = {}
    while len(found) < count:
        size = 1 + (len(found) >= OF_ONE_SYLLABLE) + (len(found) >= OF_TWO_SYLLABLES)
        found.setdefault("".join(draw.choices(syllables, k=size)))
    return list(found)


def _numbered(prefix: str, numbers: Ints) -> pa.Array:
    """Give names of one width, which sort as their numbers do."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 7, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")
