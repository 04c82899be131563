"""What a line of a page is by the elements around it: its containers, its likes, what extractors say of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.keys import key_slot, key_table
from transforms.kernels.line_marks import LOG_WORDS, Marks
from transforms.kernels.page_lines import CODE, GROUPS, HIDDEN, STANDS_IN
from transforms.kernels.tokens import mix

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]

LEVELS = 3  # containers of a line that are looked at, from the inside
_TAGS = ("p", "li", "div", "blockquote", "td", "figcaption", "pre", "span", "a", "section", "dd", "button")
OWN = (
    *(f"tag_{name}" for name in _TAGS), "heading", *(f"in_{name}" for name in STANDS_IN), "hidden",
    "linked", "bold", "log_links", "broken", "depth", "element_lines", "element_words",
    *(f"{name}_{level}" for level in range(1, LEVELS + 1)
      for name in ("lines", "words", "linked", "prose", "prose_share", "place")),
    "in_top", "top_prose", "steps_to_top", "before_top", "behind_top", "top_depth",
    "in_most", "before_most", "behind_most",
    "since_h1", "has_h1", "since_heading", "last_heading", "to_heading",
    "like_lines", "like_prose", "like_prose_share", "like_linked", "like_length",
    *(f"near_{name}" for name in GROUPS), *(f"any_{name}" for name in GROUPS),
    "article", "articles", "article_prose", "h1s_before", "since_title", "has_title", "titled_container",
    "same_article", "headed_article",
    "page_lines", "page_words", "page_prose", "page_linked",
)  # fmt: skip
AT = {name: place for place, name in enumerate(OWN)}
_N_TAGS, _N_FLAGS = len(_TAGS), len(STANDS_IN)
_TAG_CODES = np.array([CODE[name] for name in _TAGS], np.int32)
_H1, _H6 = CODE["h1"], CODE["h6"]
_HEADING, _FLAGS, _HIDDEN = AT["heading"], AT[f"in_{STANDS_IN[0]}"], AT["hidden"]
_LINKED, _BOLD, _LOG_LINKS, _BROKEN = AT["linked"], AT["bold"], AT["log_links"], AT["broken"]
_DEPTH, _ELEMENT = AT["depth"], AT["element_lines"]
_LEVEL = AT["lines_1"]
_TOP, _MOST, _H1_AT, _LIKE, _PAGE = AT["in_top"], AT["in_most"], AT["since_h1"], AT["like_lines"], AT["page_lines"]
_GROUPS_AT, _N_GROUPS, _ARTICLE = AT["near_comments"], len(GROUPS), AT["article"]
_ARTICLE_CODE = CODE["article"]
_TITLED = 0.8  # of the title's words in a short line
_TITLE_LINE = 25  # words: a longer line is no headline
_PROSE_LINKED = 0.3  # of a paragraph's bytes in links at most
_FAR = 60  # lines: no more are told apart
_STEPS = 12
_MOST_PROSE = 0.7  # of the page's prose lies in the innermost element that is taken for its content
_OUTER = 0.5  # what a paragraph counts for the container of its container
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_MOST_NAMES = 3  # of an element, in the signature of a line
_NEAR, _FAR_SALT, _TAG_SALT = np.uint64(3), np.uint64(5), np.uint64(7)


@compiled
def containers(nodes: Indices, parents: Indices, firsts: Indices, lasts: Indices, result: Indices) -> None:
    """Fill, per line, the outermost element that holds it alone, and LEVELS containers that hold ever more lines.

    `result` is lines x (1 + LEVELS); an element that wraps another without more lines counts as one with it.
    """
    for line in range(nodes.shape[0]):
        node = nodes[line]
        for level in range(1 + LEVELS):
            if level > 0:
                inner = result[line, level - 1]
                node = parents[inner] if parents[inner] >= 0 else inner
            size = lasts[node] - firsts[node]
            while parents[node] >= 0 and lasts[parents[node]] - firsts[parents[node]] == size:
                node = parents[node]
            result[line, level] = node


@compiled
def _sums(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    result = np.zeros(values.shape[0] + 1, np.float64)
    for n in range(values.shape[0]):
        result[n + 1] = result[n] + values[n]
    return result


@compiled
def describe(
    ends: Numbers,
    nodes: Indices,
    linked: Indices,
    bold: Indices,
    links: Indices,
    broken: Bytes,
    parents: Indices,
    tags: Indices,
    flags: Indices,
    firsts: Indices,
    lasts: Indices,
    depths: Indices,
    name_ends: Indices,
    names: Tokens,
    groups: Indices,
    marks: Marks,
    is_paragraph: Bytes,
    title_words: Floats,
    held: Indices,
    result: Floats,
) -> None:
    """Fill `result` (lines x OWN) from a page_lines.Outline; `marks` as line_marks.mark fills them for its text.

    `is_paragraph` tells which lines read as paragraphs, `held` is what `containers` fills.
    """
    count = nodes.shape[0]
    words, prose, linked_words = np.zeros(count), np.zeros(count), np.zeros(count)
    for n in range(count):
        size = max(1, ends[n] - (ends[n - 1] + 1 if n > 0 else 0))
        share = min(1.0, linked[n] / size)
        row = result[n]
        for column in range(row.shape[0]):
            row[column] = 0
        words[n] = np.expm1(marks[n, LOG_WORDS])
        linked_words[n] = words[n] * share
        prose[n] = words[n] if is_paragraph[n] and share < _PROSE_LINKED else 0
        row[_LINKED], row[_BOLD] = share, min(1.0, bold[n] / size)
        row[_LOG_LINKS], row[_BROKEN] = np.log1p(links[n]), broken[n]
        node = nodes[n]
        row[_DEPTH] = depths[node]
        flag = flags[node]
        for bit in range(_N_FLAGS):
            row[_FLAGS + bit] = flag >> bit & 1
        row[_HIDDEN] = flag & HIDDEN != 0
        up = node
        while up >= 0 and up != parents[held[n, 0]]:
            tag = tags[up]
            for which in range(_N_TAGS):
                if tag == _TAG_CODES[which]:
                    row[which] = 1
            if _H1 <= tag <= _H6:
                row[_HEADING] = tag - _H1 + 1
            up = parents[up]
        row[_ELEMENT] = np.log1p(lasts[node] - firsts[node])
    all_words, all_prose, all_linked = _sums(words), _sums(prose), _sums(linked_words)
    total, whole = max(1.0, float(all_words[count])), max(1.0, float(all_prose[count]))
    for n in range(count):
        row = result[n]
        node = nodes[n]
        row[_ELEMENT + 1] = np.log1p(all_words[lasts[node]] - all_words[firsts[node]])
        for level in range(LEVELS):
            node = held[n, level + 1]
            first, last = firsts[node], lasts[node]
            spoken = max(1.0, all_words[last] - all_words[first])
            at = _LEVEL + 6 * level
            row[at] = np.log1p(last - first)
            row[at + 1] = np.log1p(spoken)
            row[at + 2] = (all_linked[last] - all_linked[first]) / spoken
            row[at + 3] = (all_prose[last] - all_prose[first]) / spoken
            row[at + 4] = (all_prose[last] - all_prose[first]) / whole
            row[at + 5] = (n - first) / max(1, last - first)
        row[_PAGE], row[_PAGE + 1] = np.log1p(count), np.log1p(total)
        row[_PAGE + 2], row[_PAGE + 3] = all_prose[count] / total, all_linked[count] / total
    _tops(nodes, parents, firsts, lasts, depths, prose, all_prose, held, result)
    _headings(result)
    _names(nodes, parents, groups, result)
    _articles(nodes, parents, tags, firsts, lasts, all_prose, whole, words, title_words, held, result)
    _likes(nodes, parents, tags, name_ends, names, words, prose, linked_words, whole, result)


@compiled
def _tops(
    nodes: Indices,
    parents: Indices,
    firsts: Indices,
    lasts: Indices,
    depths: Indices,
    prose: npt.NDArray[np.float64],
    all_prose: npt.NDArray[np.float64],
    held: Indices,
    result: Floats,
) -> None:
    """Fill where each line stands to the element with most prose of its own, and to that with most prose within."""
    count, size = nodes.shape[0], parents.shape[0]
    weight = np.zeros(size, np.float64)
    for n in range(count):
        if prose[n] > 0:
            weight[held[n, 1]] += prose[n]
            weight[held[n, 2]] += prose[n] * _OUTER
    top, most = 0, 0
    for node in range(size):
        if weight[node] > weight[top]:
            top = node
        if all_prose[lasts[node]] - all_prose[firsts[node]] >= _MOST_PROSE * all_prose[count]:
            most = node  # in document order, an inner element comes later
    steps = np.full(size, 0, np.int32)
    is_above = np.zeros(size, np.bool_)
    up = top
    while up >= 0:
        is_above[up] = True
        up = parents[up]
    for node in range(size):
        steps[node] = 0 if is_above[node] or parents[node] < 0 else steps[parents[node]] + 1
    meets = np.empty(size, np.int32)  # the depth of the innermost element that holds both
    for node in range(size):
        meets[node] = depths[node] if is_above[node] or parents[node] < 0 else meets[parents[node]]
    whole = max(1.0, all_prose[count])
    for n in range(count):
        row = result[n]
        row[_TOP] = firsts[top] <= n < lasts[top]
        row[_TOP + 1] = (all_prose[lasts[top]] - all_prose[firsts[top]]) / whole
        row[_TOP + 2] = min(_STEPS, depths[top] - meets[nodes[n]])
        row[_TOP + 3] = min(max(firsts[top] - n, 0), _FAR)
        row[_TOP + 4] = min(max(n - lasts[top] + 1, 0), _FAR)
        row[_TOP + 5] = depths[nodes[n]] - depths[top]
        row[_MOST] = firsts[most] <= n < lasts[most]
        row[_MOST + 1] = min(max(firsts[most] - n, 0), _FAR)
        row[_MOST + 2] = min(max(n - lasts[most] + 1, 0), _FAR)


@compiled
def _headings(result: Floats) -> None:
    """Fill how far the headings before and behind each line are."""
    count = result.shape[0]
    first, last, level = -1, -1, 0
    has_first = False
    for n in range(count):
        has_first = has_first or result[n, _HEADING] == 1
    for n in range(count):
        row = result[n]
        heading = int(row[_HEADING])
        if heading == 1:
            first = n
        row[_H1_AT] = min(n - first, _FAR) if first >= 0 else -1
        row[_H1_AT + 1] = has_first
        row[_H1_AT + 2] = min(n - last, _FAR) if last >= 0 else -1
        row[_H1_AT + 3] = level
        if heading > 0:
            last, level = n, heading
    following = count
    for n in range(count - 1, -1, -1):
        result[n, _H1_AT + 4] = min(following - n, _FAR)
        if result[n, _HEADING] > 0:
            following = n


@compiled
def _names(nodes: Indices, parents: Indices, groups: Indices, result: Floats) -> None:
    """Fill which groups of names the three innermost elements have, and which any of them has."""
    every = np.empty(groups.shape[0], np.int32)
    for node in range(groups.shape[0]):
        every[node] = groups[node] | every[parents[node]] if parents[node] >= 0 else groups[node]
    for n in range(nodes.shape[0]):
        near, node = 0, nodes[n]
        for _ in range(3):
            if node >= 0:
                near |= groups[node]
                node = parents[node]
        for bit in range(_N_GROUPS):
            result[n, _GROUPS_AT + bit] = near >> bit & 1
            result[n, _GROUPS_AT + _N_GROUPS + bit] = every[nodes[n]] >> bit & 1


@compiled
def _articles(  # noqa: C901 - one loop per question
    nodes: Indices,
    parents: Indices,
    tags: Indices,
    firsts: Indices,
    lasts: Indices,
    all_prose: npt.NDArray[np.float64],
    whole: float,
    words: npt.NDArray[np.float64],
    title_words: Floats,
    held: Indices,
    result: Floats,
) -> None:
    """Fill which of the page's articles a line stands in, and where the title stands to it."""
    size = parents.shape[0]
    number, owner = np.zeros(size, np.int32), np.full(size, -1, np.int32)
    articles = 0
    for node in range(size):
        if parents[node] >= 0:
            number[node], owner[node] = number[parents[node]], owner[parents[node]]
        if tags[node] == _ARTICLE_CODE and lasts[node] > firsts[node]:
            articles += 1
            number[node], owner[node] = articles, node
    title, has_title, h1s, titled_by = -1, False, 0, -1
    headed = np.zeros(size, np.bool_)  # an article with a first heading of its own
    titled = np.zeros(size, np.bool_)
    for n in range(nodes.shape[0]):
        if title_words[n] >= _TITLED and words[n] <= _TITLE_LINE and result[n, _HEADING] > 0:
            if not has_title:
                titled_by = owner[nodes[n]]
            has_title = True
            up = nodes[n]
            while up >= 0 and not titled[up]:
                titled[up] = True
                up = parents[up]
        if result[n, _HEADING] == 1 and owner[nodes[n]] >= 0:
            headed[owner[nodes[n]]] = True
    for n in range(nodes.shape[0]):
        row, own = result[n], owner[nodes[n]]
        row[_ARTICLE], row[_ARTICLE + 1] = number[nodes[n]], articles
        row[_ARTICLE + 2] = (all_prose[lasts[own]] - all_prose[firsts[own]]) / whole if own >= 0 else -1
        if row[_HEADING] == 1:
            h1s += 1
        if title_words[n] >= _TITLED and words[n] <= _TITLE_LINE and row[_HEADING] > 0 and title < 0:
            title = n
        row[_ARTICLE + 3] = h1s
        row[_ARTICLE + 4] = min(n - title, _FAR) if title >= 0 else -1
        row[_ARTICLE + 5] = has_title
        level = 0
        while level < LEVELS and not titled[held[n, level + 1]]:
            level += 1
        row[_ARTICLE + 6] = level
        row[_ARTICLE + 7] = own == titled_by if titled_by >= 0 else -1
        row[_ARTICLE + 8] = headed[own] if own >= 0 else -1


@compiled
def signatures(
    nodes: Indices, parents: Indices, tags: Indices, name_ends: Indices, names: Tokens, result: Hashes
) -> None:
    """Fill, per line, a hash of the names and classes of its element and the two around it."""
    for n in range(nodes.shape[0]):
        value, node = _ONE, nodes[n]
        for _ in range(3):
            if node < 0:
                break
            value = mix(value * _GOLDEN + np.uint64(tags[node]))
            for at in range(name_ends[node], min(name_ends[node + 1], name_ends[node] + _MOST_NAMES)):
                value = mix(value * _GOLDEN + np.uint64(names[at]))
            node = parents[node]
        result[n] = value | _ONE


@compiled
def _likes(
    nodes: Indices,
    parents: Indices,
    tags: Indices,
    name_ends: Indices,
    names: Tokens,
    words: npt.NDArray[np.float64],
    prose: npt.NDArray[np.float64],
    linked_words: npt.NDArray[np.float64],
    whole: float,
    result: Floats,
) -> None:
    """Fill what the lines of the same signature are like: a template writes its paragraphs in one way."""
    count = nodes.shape[0]
    signs = np.empty(count, np.uint64)
    signatures(nodes, parents, tags, name_ends, names, signs)
    order = np.argsort(signs)
    start = 0
    while start < count:
        end = start
        spoken, told, linked = 0.0, 0.0, 0.0
        while end < count and signs[order[end]] == signs[order[start]]:
            spoken += words[order[end]]
            told += prose[order[end]]
            linked += linked_words[order[end]]
            end += 1
        for at in range(start, end):
            row = result[order[at]]
            row[_LIKE] = np.log1p(end - start)
            row[_LIKE + 1] = told / max(1.0, spoken)
            row[_LIKE + 2] = told / whole
            row[_LIKE + 3] = linked / max(1.0, spoken)
            row[_LIKE + 4] = np.log1p(spoken / (end - start))
        start = end


@compiled
def name_slots(
    nodes: Indices,
    parents: Indices,
    tags: Indices,
    name_ends: Indices,
    names: Tokens,
    slots: int,
    near: int,
    most: int,
    found: Tokens,
    found_ends: Numbers,
) -> int:
    """Fill, per line, the slots of the names of the elements around it; give how many there are.

    The hashing trick, as for words: the names of the `near` innermost elements and of all others have slots of
    their own. At most `most` a line; `found` has room for them.
    """
    mask = np.uint64(slots - 1)
    count = 0
    for n in range(nodes.shape[0]):
        found_ends[n] = count
        if n > 0 and nodes[n] == nodes[n - 1]:
            for at in range(found_ends[n - 1], found_ends[n]):
                found[count] = found[at]
                count += 1
            continue
        node, level, limit = nodes[n], 0, count + most
        while node >= 0:
            salt = _NEAR if level < near else _FAR_SALT
            if count < limit:
                found[count] = mix(np.uint64(tags[node]) * _GOLDEN + salt * _TAG_SALT) & mask
                count += 1
            for at in range(name_ends[node], name_ends[node + 1]):
                if count < limit:
                    found[count] = mix(np.uint64(names[at]) * _GOLDEN + salt) & mask
                    count += 1
            node = parents[node]
            level += 1
    found_ends[nodes.shape[0]] = count
    return count


@compiled
def _gram(tokens: Tokens, at: int, size: int) -> np.uint64:
    value = np.uint64(size)
    for place in range(at, at + size):
        value = mix(value * _GOLDEN + np.uint64(tokens[place]))
    return value | _ONE


@compiled
def shared(  # what an answer says, line by line
    tokens: Tokens, ends: Numbers, answer: Tokens, answer_ends: Numbers, result: Floats
) -> None:
    """Fill, per line, the share of its runs of three words that an answer has; of shorter lines, whether it is one.

    tokens[ends[n]:ends[n + 1]] are the words of line n, `answer` and `answer_ends` the same of the answer.
    """
    keys = key_table(answer.shape[0] + answer_ends.shape[0])
    for line in range(answer_ends.shape[0] - 1):
        start, end = answer_ends[line], answer_ends[line + 1]
        if 0 < end - start < 3:  # noqa: PLR2004
            key = _gram(answer, start, end - start)
            keys[key_slot(keys, key)] = key
    for at in range(answer.shape[0] - 2):
        key = _gram(answer, at, 3)
        keys[key_slot(keys, key)] = key
    for n in range(ends.shape[0] - 1):
        start, end = ends[n], ends[n + 1]
        if end == start:
            result[n] = 0
        elif end - start < 3:  # noqa: PLR2004
            result[n] = keys[key_slot(keys, _gram(tokens, start, end - start))] != _ZERO
        else:
            hits = 0
            for at in range(start, end - 2):
                hits += keys[key_slot(keys, _gram(tokens, at, 3))] != _ZERO
            result[n] = hits / (end - start - 2)
