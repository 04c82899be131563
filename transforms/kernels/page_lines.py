"""The visible lines of an HTML page and the elements around them, in one pass over the serialised tree.

The tree was parsed before and is written out again by the parser, so the markup is well formed: every element is
closed, every `<` of the text is escaped. What is not (a hostile attribute name) garbles lines, and reads no memory
that is not its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Flags = npt.NDArray[np.int32]
Tokens = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]

# Elements that begin a line; every name that is not listed stands within one, as browsers have it.
BLOCKS = (
    "html", "body", "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "dl", "dt", "dd", "blockquote",
    "pre", "div", "section", "article", "main", "aside", "header", "footer", "nav", "form", "fieldset", "legend",
    "figure", "figcaption", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "address", "details",
    "summary", "dialog", "menu", "center", "hgroup", "hr", "br", "button",
)  # fmt: skip
# Elements that are seen to stand within lines.
INLINES = ("a", "b", "strong", "em", "i", "span", "time", "label", "font")
# Elements whose content is not shown as text.
UNSEEN = (
    "head", "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "applet", "select",
    "textarea", "canvas", "audio", "video", "datalist", "title", "map",
)  # fmt: skip
NAMES = ("", *BLOCKS, *INLINES, *UNSEEN)
CODE = {name: code for code, name in enumerate(NAMES)}
_FIRST_INLINE, _FIRST_UNSEEN = CODE[INLINES[0]], CODE[UNSEEN[0]]
_LINK, _BREAK, _PRE = CODE["a"], CODE["br"], CODE["pre"]
_CELLS = (CODE["td"], CODE["th"])
_ROW_BYTES = 120  # of a row of a table of data before its next cell; tables that lay out a page hold paragraphs
_BOLD = (CODE["b"], CODE["strong"])

# What an element stands in, itself included, as bits.
STANDS_IN = (
    "nav", "header", "footer", "aside", "main", "article", "section", "form", "figure", "figcaption", "table",
    "li", "blockquote", "button", "address", "a", "p", "time", "label", "details",
)  # fmt: skip
IN = {name: 1 << bit for bit, name in enumerate(STANDS_IN)}
HIDDEN = 1 << len(STANDS_IN)
_HEADING = (CODE["h1"], CODE["h6"])

# What the names of elements (class, id, role) tell of their content, in the words of templates everywhere.
GROUPS: dict[str, str] = {
    "comments": "comment comments commentlist commenter disqus respond reply replies discussion livefyre spotim "
    "commento kommentar kommentare kommentarer commentaire commentaires comentarios comentario commenti",
    "related": "related recommended recommendations recommendation recommend recirc recirculation similar trending "
    "popular mostread taboola outbrain readmore readnext alsoread morenews suggested suggestions latest further",
    "teasers": "teaser teasers card cards carousel slider tile tiles river listing swiper slick grid excerpt",
    "share": "share sharing sharebar sharedaddy social socials addtoany addthis facebook twitter whatsapp follow",
    "nav": "nav navigation navbar menu submenu breadcrumb breadcrumbs pagination pager toolbar topbar megamenu "
    "skip offcanvas hamburger toc",
    "footer": "footer copyright colophon legal imprint disclaimer foot",
    "header": "header masthead branding logo topbar",
    "side": "sidebar aside rail widget widgets sidenav complementary secondary tertiary",
    "advert": "ad ads advert advertisement advertising sponsored sponsor promo promotion promoted banner dfp "
    "adslot affiliate werbung anzeige publicidad reklame",
    "signup": "newsletter subscribe subscription signup signin login register paywall cta donate donation form",
    "consent": "cookie cookies consent gdpr onetrust cmp popup modal overlay dialog lightbox",
    "byline": "meta byline author authors autor auteur bio date time timestamp published posted dateline profile",
    "tags": "tag tags category categories topic topics keywords label labels",
    "media": "caption figcaption image images media gallery video player credit credits photo wp-caption",
    "summary": "summary lead intro standfirst deck dek subtitle subheadline teasertext lede excerpt abstract",
    "content": "content article post entry story body richtext prose paragraph paragraphs rte copy wysiwyg",
}

_LT, _GT, _SLASH, _AMP, _SEMICOLON, _HASH, _QUOTE, _APOSTROPHE = (ord(sign) for sign in "<>/&;#\"'")
_FEED, _SPACE, _EQUALS, _BANG, _QUESTION, _X, _BAR = 0x0A, 0x20, 0x3D, 0x21, 0x3F, 0x78, 0x7C
_NO_BREAK = 0xA0
_SLOTS = 1024
_FNV_START = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_MOST_TOKENS = 24  # of one element; utility frameworks write dozens of names that say nothing about the content
_LONGEST_TOKEN = 24
_LONGEST_ENTITY = 10
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)


class Outline(NamedTuple):
    """The lines and elements of a page.

    `text` has the lines in UTF-8, with a line feed between them. Per line: `ends` where it ends in `text`, `nodes`
    the innermost element that holds all of it, `linked` and `bold` its bytes in links and in bold type, `links` how
    many links it has, `broken` whether it follows a `br`. Per element, in document order: `parents` (-1 at the
    root), `tags` its number in NAMES, `flags` what it stands in, `firsts` and `lasts` its lines (from, to),
    `depths`, `name_ends` (elements + 1) the bounds of its words in `names`: the hashed parts of class, id and role;
    `groups` the GROUPS they belong to, as bits. `most_attributes` is the most that one element has.
    """

    text: Bytes
    ends: Numbers
    nodes: Indices
    linked: Indices
    bold: Indices
    links: Indices
    broken: Bytes
    parents: Indices
    tags: Indices
    flags: Flags
    firsts: Indices
    lasts: Indices
    depths: Indices
    name_ends: Indices
    names: Tokens
    groups: Flags
    most_attributes: int


class Names(NamedTuple):
    """A hash table: the hash of each known name, and its number."""

    hashes: Hashes
    codes: Indices


def _hash(name: bytes) -> int:
    value = int(_FNV_START)
    for byte in name:
        value = (value ^ byte) * int(_FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return value


def name_token(word: str) -> int:
    """Give the number that `Outline.names` has for a word of small letters."""
    value = _hash(word.encode())
    return (value ^ value >> 29) & 0xFFFFFFFF


def _table(codes: dict[str, int]) -> Names:
    hashes, numbers = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.int32)
    for name, code in codes.items():
        key = _hash(name.encode())
        slot = key % _SLOTS
        while hashes[slot]:
            slot = (slot + 1) % _SLOTS
        hashes[slot], numbers[slot] = key, code
    return Names(hashes, numbers)


ATTRIBUTES = ("class", "id", "role", "itemprop", "data-testid", "data-component", "aria-label")
_HIDING, _STYLE, _ARIA = 101, 102, 103  # beyond the numbers of ATTRIBUTES
_HIDDEN_NAMES = {"hidden": _HIDING, "style": _STYLE, "aria-hidden": _ARIA}


@lru_cache(maxsize=1)
def tables() -> tuple[Names, Names, Names, Flags]:
    """Give the known element names, the known attribute names, the words of GROUPS, and the bit of each element."""
    elements = _table({name: code for name, code in CODE.items() if name})
    attributes = _table({**{name: n for n, name in enumerate(ATTRIBUTES, 1)}, **_HIDDEN_NAMES})
    said: dict[str, int] = {}
    for bit, words in enumerate(GROUPS.values()):
        for word in words.split():
            said[word] = said.get(word, 0) | 1 << bit
    bits = np.array([IN.get(name, 0) for name in NAMES], np.int32)
    return elements, attributes, _table(said), bits


def outline(markup: bytes) -> Outline:
    """Give the lines and elements of a page that lxml has serialised as XML in UTF-8."""
    data = np.frombuffer(markup, np.uint8)
    tags = int(np.count_nonzero(data == _LT)) + 2
    lines = tags + int(np.count_nonzero(data == _FEED)) + 1
    text = np.empty(data.size + 1, np.uint8)
    ends, nodes = np.empty(lines, np.int64), np.empty(lines, np.int32)
    linked, bold, links = (np.empty(lines, np.int32) for _ in range(3))
    broken = np.empty(lines, np.uint8)
    parents, kinds, flags, firsts, lasts, depths = (np.empty(tags, np.int32) for _ in range(6))
    name_ends, names = np.empty(tags + 1, np.int32), np.empty(min(data.size, _MOST_TOKENS * tags) + 1, np.uint32)
    groups = np.empty(tags, np.int32)
    elements, attributes, said, bits = tables()
    n_lines, n_nodes, n_names, most = _read(
        data, *elements, *attributes, *said, bits, text, ends, nodes, linked, bold, links, broken,
        parents, kinds, flags, firsts, lasts, depths, name_ends, names, groups,
    )  # fmt: skip
    size = int(ends[n_lines - 1]) if n_lines else 0
    return Outline(
        text[:size], ends[:n_lines], nodes[:n_lines], linked[:n_lines], bold[:n_lines], links[:n_lines],
        broken[:n_lines], parents[:n_nodes], kinds[:n_nodes], flags[:n_nodes], firsts[:n_nodes], lasts[:n_nodes],
        depths[:n_nodes], name_ends[: n_nodes + 1], names[:n_names], groups[:n_nodes], most,
    )  # fmt: skip


@compiled
def _find(hashes: Hashes, codes: Indices, key: np.uint64) -> int:
    slot = np.int64(key & np.uint64(_SLOTS - 1))
    while hashes[slot] != np.uint64(0):
        if hashes[slot] == key:
            return int(codes[slot])
        slot = (slot + 1) & (_SLOTS - 1)
    return 0


@compiled
def _lower(byte: int) -> int:
    return byte + 32 if 65 <= byte <= 90 else byte  # noqa: PLR2004 - A to Z


@compiled
def _is_space(byte: int) -> bool:
    return byte == _SPACE or 9 <= byte <= 13  # noqa: PLR2004 - tab to carriage return


@compiled
def _blank(data: Bytes, at: int, end: int) -> int:
    """Give how many bytes the blank at this place takes; 0 where there is none."""
    byte = int(data[at])
    if _is_space(byte):
        return 1
    if byte < 0xC2 or at + 1 >= end:  # noqa: PLR2004
        return 0
    second = int(data[at + 1])
    if byte == 0xC2 and second in (0xA0, 0x85):  # noqa: PLR2004 - no-break space, next line
        return 2
    if at + 2 >= end:
        return 0
    third = int(data[at + 2])
    is_wide = byte == 0xE2 and second == 0x80 and (third <= 0x8A or third in (0xA8, 0xA9, 0xAF))  # noqa: PLR2004
    return 3 if is_wide or (byte == 0xE3 and second == 0x80 and third == 0x80) else 0  # noqa: PLR2004


@compiled
def _tokens_of(
    data: Bytes, start: int, end: int, hashes: Hashes, codes: Indices, names: Tokens, count: int, most: int
) -> tuple[int, int]:
    """Add the hashed words of an attribute's value, parted at signs, digits and capitals; give count and groups."""
    word, length, was_small, groups = _FNV_START, 0, False, 0
    for at in range(start, end + 1):
        byte = int(data[at]) if at < end else 0
        is_capital = 65 <= byte <= 90  # noqa: PLR2004
        is_letter = is_capital or 97 <= byte <= 122 or byte >= 128  # noqa: PLR2004
        if length and (not is_letter or (is_capital and was_small)):
            if 1 < length <= _LONGEST_TOKEN and count < most:
                names[count] = np.uint32((word ^ (word >> np.uint64(29))) & np.uint64(0xFFFFFFFF))
                groups |= _find(hashes, codes, word)
                count += 1
            word, length = _FNV_START, 0
        if is_letter:
            word = (word ^ np.uint64(_lower(byte))) * _FNV_PRIME
            length += 1
        was_small = is_letter and not is_capital
    return count, groups


@compiled
def _hides(data: Bytes, start: int, end: int, code: int) -> bool:
    """Tell whether an attribute's value hides its element."""
    if code == _HIDING:  # whatever its value
        return True
    if code == _ARIA:
        return end - start == 4 and data[start] == 116  # noqa: PLR2004 - "true"
    word = b"display:none"
    have = 0
    for at in range(start, end):
        byte = _lower(int(data[at]))
        if _is_space(byte):
            continue
        if byte == word[have]:
            have += 1
            if have == len(word):
                return True
        else:
            have = 1 if byte == word[0] else 0
    return False


@compiled
def _entity(data: Bytes, at: int, end: int) -> tuple[int, int]:  # noqa: C901, PLR0911 - one line per name
    """Give the code point that a reference at `&` stands for, and where it ends; the sign where it is none."""
    stop = at + 1
    while stop < end and stop - at < _LONGEST_ENTITY and data[stop] != _SEMICOLON:
        stop += 1
    if stop >= end or data[stop] != _SEMICOLON:
        return _AMP, at + 1
    size = stop - at - 1
    if size < 2:  # noqa: PLR2004 - no name is so short
        return _AMP, at + 1
    if data[at + 1] == _HASH:
        value = 0
        is_hex = data[at + 2] == _X
        for place in range(at + 3 if is_hex else at + 2, stop):
            byte = _lower(int(data[place]))
            digit = byte - 48 if byte <= 57 else byte - 87  # noqa: PLR2004 - 0 to 9, a to f
            if digit < 0 or digit > 15:  # noqa: PLR2004
                return _AMP, at + 1
            value = value * (16 if is_hex else 10) + digit
        if value > _LAST_CODE_POINT or _SURROGATES[0] <= value <= _SURROGATES[1] or value == 0:
            return _SPACE, stop + 1
        return value, stop + 1
    first, second = int(data[at + 1]), int(data[at + 2])
    if first == 108 and size == 2:  # noqa: PLR2004 - lt
        return _LT, stop + 1
    if first == 103 and size == 2:  # noqa: PLR2004 - gt
        return _GT, stop + 1
    if first == 97 and second == 109 and size == 3:  # noqa: PLR2004 - amp
        return _AMP, stop + 1
    if first == 113 and size == 4:  # noqa: PLR2004 - quot
        return _QUOTE, stop + 1
    return _AMP, at + 1


@compiled
def _put(text: Bytes, size: int, code: int) -> int:
    """Write a code point in UTF-8; give the new size."""
    if code < 0x80:  # noqa: PLR2004
        text[size] = code
        return size + 1
    if code < 0x800:  # noqa: PLR2004
        text[size], text[size + 1] = 0xC0 | code >> 6, 0x80 | code & 0x3F
        return size + 2
    if code < 0x10000:  # noqa: PLR2004
        text[size], text[size + 1], text[size + 2] = 0xE0 | code >> 12, 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
        return size + 3
    text[size], text[size + 1] = 0xF0 | code >> 18, 0x80 | code >> 12 & 0x3F
    text[size + 2], text[size + 3] = 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
    return size + 4


@compiled
def _end_line(
    line: int,
    size: int,
    told: tuple[int, int, int, int, bool],
    ends: Numbers,
    nodes: Indices,
    linked: Indices,
    bold: Indices,
    links: Indices,
    broken: Bytes,
) -> int:
    """Fill the row of a line that ends here; `told` is its element, bytes in links and in bold, links, after br."""
    ends[line] = size
    nodes[line], linked[line], bold[line], links[line], broken[line] = told
    return line + 1


@compiled
def _read(  # noqa: C901, PLR0912, PLR0915 - one pass over the bytes
    data: Bytes,
    tag_hashes: Hashes,
    tag_codes: Indices,
    attribute_hashes: Hashes,
    attribute_codes: Indices,
    group_hashes: Hashes,
    group_codes: Indices,
    bits: Flags,
    text: Bytes,
    ends: Numbers,
    nodes: Indices,
    linked: Indices,
    bold: Indices,
    links: Indices,
    broken: Bytes,
    parents: Indices,
    tags: Indices,
    flags: Flags,
    firsts: Indices,
    lasts: Indices,
    depths: Indices,
    name_ends: Indices,
    names: Tokens,
    groups: Flags,
) -> tuple[int, int, int, int]:
    """Fill the arrays of an Outline; give how many lines, elements, names, and attributes of one element."""
    end = data.shape[0]
    stack = np.empty(parents.shape[0] + 1, np.int32)
    depth = 0
    size, line, node, name_count = 0, 0, 0, 0
    line_start, is_open, low, has_space, after_break = 0, False, 0, False, False
    in_links, in_bold, n_links, link_bytes, bold_bytes, pending_links = 0, 0, 0, 0, 0, 0
    unseen_at = -1  # the depth of the outermost element that is not shown
    in_pre, most_attributes = 0, 0
    name_ends[0] = 0
    at = 0
    while at < end:
        byte = int(data[at])
        if byte != _LT:
            if unseen_at >= 0:
                at += 1
                continue
            code, after = byte, at + 1
            if byte == _AMP:
                code, after = _entity(data, at, end)
                code = _SPACE if code == _NO_BREAK else code
            else:
                width = _blank(data, at, end)
                if width > 1:
                    code, after = _SPACE, at + width
            if byte == _FEED and in_pre > 0:
                if is_open:
                    told = stack[low - 1] if low > 0 else 0, link_bytes, bold_bytes, n_links, after_break
                    line = _end_line(line, size, told, ends, nodes, linked, bold, links, broken)
                    is_open, after_break = False, True
                at = after
                continue
            if _is_space(code):
                has_space = is_open
                at = after
                continue
            before = size
            if not is_open:
                if line > 0:
                    text[size] = _FEED
                    size += 1
                before = size
                is_open, low, line_start = True, depth, size
                n_links, link_bytes, bold_bytes = pending_links, 0, 0
                pending_links = 0
            elif has_space:
                text[size] = _SPACE
                size += 1
            has_space = False
            if byte == _AMP and code != _AMP:
                size = _put(text, size, code)
            else:
                for place in range(at, after):
                    text[size] = data[place] if code != _AMP else _AMP
                    size += 1
                    if code == _AMP:
                        break
            if in_links > 0:
                link_bytes += size - before
            if in_bold > 0:
                bold_bytes += size - before
            at = after
            continue
        if at + 1 < end and data[at + 1] == _SLASH:  # an end tag
            while at < end and data[at] != _GT:
                at += 1
            at += 1
            if depth == 0:
                continue
            closed = stack[depth - 1]
            code = tags[closed]
            if unseen_at == depth:
                unseen_at = -1
            elif unseen_at < 0:
                if 0 < code < _FIRST_INLINE and code != _CELLS[0] and code != _CELLS[1]:
                    if is_open:
                        told = stack[low - 1] if low > 0 else 0, link_bytes, bold_bytes, n_links, after_break
                        line = _end_line(line, size, told, ends, nodes, linked, bold, links, broken)
                        is_open = False
                    after_break = code == _BREAK
                    has_space = False
                if code == _LINK:
                    in_links -= 1
                if code == _BOLD[0] or code == _BOLD[1]:
                    in_bold -= 1
                if code == _PRE:
                    in_pre -= 1
            lasts[closed] = line + (1 if is_open else 0)
            depth -= 1
            low = min(low, depth)
            continue
        if at + 1 < end and (data[at + 1] == _BANG or data[at + 1] == _QUESTION):  # a declaration: nothing is shown
            while at < end and data[at] != _GT:
                at += 1
            at += 1
            continue
        at += 1
        key = _FNV_START
        while at < end and data[at] != _GT and data[at] != _SLASH and not _is_space(int(data[at])):
            key = (key ^ np.uint64(_lower(int(data[at])))) * _FNV_PRIME
            at += 1
        code = _find(tag_hashes, tag_codes, key)
        is_hidden, is_closed, group, attribute_count = False, False, 0, 0
        most = min(name_count + _MOST_TOKENS, names.shape[0])
        while at < end and data[at] != _GT:
            if _is_space(int(data[at])):
                at += 1
                continue
            if data[at] == _SLASH:
                is_closed = True
                at += 1
                continue
            is_closed = False
            attribute_count += 1
            key = (_FNV_START ^ np.uint64(_lower(int(data[at])))) * _FNV_PRIME  # a name may begin with a sign "="
            at += 1
            while at < end and data[at] != _EQUALS and data[at] != _GT and not _is_space(int(data[at])):
                key = (key ^ np.uint64(_lower(int(data[at])))) * _FNV_PRIME
                at += 1
            if at < end and data[at] == _EQUALS:
                at += 1
            if at < end and (data[at] == _QUOTE or data[at] == _APOSTROPHE):
                sign = data[at]
                start = at + 1
                at = start
                while at < end and data[at] != sign:
                    at += 1
                attribute = _find(attribute_hashes, attribute_codes, key)
                if attribute >= _HIDING:
                    is_hidden = is_hidden or _hides(data, start, min(at, end), attribute)
                elif attribute > 0:
                    name_count, said = _tokens_of(
                        data, start, min(at, end), group_hashes, group_codes, names, name_count, most
                    )
                    group |= said
                at += 1
        at += 1
        parent = stack[depth - 1] if depth > 0 else -1
        parents[node], tags[node] = parent, code
        own = bits[code] | (HIDDEN if is_hidden else 0)
        flags[node] = own | flags[parent] if parent >= 0 else own
        depths[node], groups[node] = depth, group
        most_attributes = max(most_attributes, attribute_count)
        name_ends[node + 1] = name_count
        is_cell = code == _CELLS[0] or code == _CELLS[1]
        if unseen_at < 0 and is_cell and is_open and size - line_start < _ROW_BYTES:
            text[size], text[size + 1] = _SPACE, _BAR
            size += 2
            has_space = True
        elif unseen_at < 0 and 0 < code < _FIRST_INLINE:
            if is_open:
                told = stack[low - 1] if low > 0 else 0, link_bytes, bold_bytes, n_links, after_break
                line = _end_line(line, size, told, ends, nodes, linked, bold, links, broken)
                is_open = False
            after_break = code == _BREAK
            has_space = False
        firsts[node] = line + (1 if is_open else 0)
        lasts[node] = firsts[node]
        if is_closed:
            node += 1
            continue
        stack[depth] = node
        depth += 1
        node += 1
        if unseen_at < 0:
            if code >= _FIRST_UNSEEN:
                unseen_at = depth
            elif code == _LINK:
                in_links += 1
                if is_open:
                    n_links += 1
                else:
                    pending_links = 1
            elif code == _BOLD[0] or code == _BOLD[1]:
                in_bold += 1
            elif code == _PRE:
                in_pre += 1
    if is_open:
        told = stack[low - 1] if low > 0 else 0, link_bytes, bold_bytes, n_links, after_break
        line = _end_line(line, size, told, ends, nodes, linked, bold, links, broken)
    while depth > 0:
        depth -= 1
        lasts[stack[depth]] = line
    return line, node, name_count, most_attributes
