"""The lines of an HTML page: what a browser shows, what stands around it, and that no markup breaks the reader."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.etree import _Element, tostring

from transforms import page_tree
from transforms.kernels import page_lines
from transforms.kernels.page_lines import GROUPS, HIDDEN, IN, NAMES, STANDS_IN, UNSEEN, Outline, outline

ROW = (
    "Lunow kept its ferry through the winter because the bridge upstream could not carry the buses of the district"
)


def of(html: str) -> Outline:
    return page_tree.outline_of(page_tree.parse(f"<html><body>{html}</body></html>"))


def lines(html: str) -> list[str]:
    """Give the lines of a page with this body."""
    found = of(html)
    return found.text.tobytes().decode().split("\n") if found.ends.size else []


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("<div>One<div>Two</div>Three</div>Four", ["One", "Two", "Three", "Four"]),
        ("<p>The <b>ferry</b> <i>Marta</i>, <span>Lunow</span></p>", ["The ferry Marta, Lunow"]),
        ("<p>un<b>in</b>terrupted <x-mark>word</x-mark>s</p>", ["uninterrupted words"]),
        ("<p> \n One \t\n two  </p>\n <p>\r\n</p>", ["One two"]),
        ("One<br>Two<br/><br>Three", ["One", "Two", "Three"]),
        ("<ul><li>One<li>Two<ul><li>Three</ul></ul>", ["One", "Two", "Three"]),
        ("<dl><dt>Port<dd>Lunow</dl><hr>End", ["Port", "Lunow", "End"]),
        ("<pre>one\n  two  words\n\nthree</pre>four\nfive", ["one", "two words", "three", "four five"]),
        ("<pre>one<b>bold\ntwo</b></pre>", ["onebold", "two"]),
        ("<button>Share</button><label>Name</label> <a href=x>Go</a>", ["Share", "Name Go"]),
        ("<h1>Head<small>line</small></h1>text", ["Headline", "text"]),
        ("", []),
        ("<p>&nbsp;</p><div>\u3000</div>", []),
    ],
)
def test_blocks_begin_lines_and_all_else_stands_in_them(html: str, shown: list[str]) -> None:
    assert lines(html) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<table><tr><th>Port<th>Ships<tr><td>Lunow<td>4</table>", ["Port | Ships", "Lunow | 4"]),
        ("<table><tr><td><td>4<td></table>", ["4 |"]),
        (f"<table><tr><td>{ROW}, a hundred<td>4</table>", [f"{ROW}, a hundred", "4"]),
        ("<table><tr><td><p>One</p><p>Two</p><td>Three</table>", ["One", "Two", "Three"]),
        ("<table><caption>Ships</caption><tr><td>a<br>b<td>c</table>", ["Ships", "a", "b | c"]),
    ],
)
def test_cells_of_data_share_a_line_and_those_that_lay_out_do_not(html: str, shown: list[str]) -> None:
    assert lines(html) == shown


@pytest.mark.parametrize("name", [name for name in UNSEEN if name not in {"head", "title"}])
def test_what_is_not_shown_is_no_line(name: str) -> None:
    assert lines(f"<p>before</p><{name}>unseen</{name}><p>after</p>") == ["before", "after"]


def test_an_unseen_element_within_another_ends_with_the_outer_one() -> None:
    assert lines("<p>a</p><svg><g><title>b</title><a>c</a></g>d</svg><p>e</p>") == ["a", "e"]
    assert lines("<template><p>a</p><template>b</template><p>c</p></template>d") == ["d"]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("Caf&eacute; &#233; &#xE9; &euro;&#x1F6A2;", ["Café é é €🚢"]),
        ("&lt;b&gt; &amp; &quot;&apos; &amp;lt; AT&T &unknown;", ["<b> & \"' &lt; AT&T &unknown;"]),
        ("&#0;a&#xD800;b&#x110000;c", ["�a�b�c"]),
        ("a\u00a0b&nbsp;&nbsp;c\u3000d\u2009e\u2028f\u0085g", ["a b c d e f g"]),
        ("non\u200bjoined \u200eleft", ["non\u200bjoined \u200eleft"]),
    ],
)
def test_references_are_signs_and_all_spaces_are_one(html: str, shown: list[str]) -> None:
    assert lines(html) == shown


def test_what_stands_behind_the_body_is_read() -> None:
    html = "<html><body><p>One</p></body>two<p>three</p></html>\n<p>four</p></BODY ></html>five"
    assert page_tree.outline_of(page_tree.parse(html)).text.tobytes().decode() == "One\ntwo\nthree\nfour\nfive"


def test_what_stands_in_the_head_is_no_line_but_may_tell_the_title() -> None:
    html = (
        "<html><head><title>Ferry returns | Ledger</title><meta property='og:title' content='Ferry returns'>"
        "<style>p{}</style></head><body><p>One</p></body></html>"
    )
    tree = page_tree.parse(html)
    assert page_tree.outline_of(tree).text.tobytes() == b"One"
    assert page_tree.title_of(tree) == "Ferry returns | Ledger Ferry returns"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("one<script>if (a<b) '<p>no</p>'</script>two<STYLE media=x>p > a {}</Style >three", ["onetwothree"]),
        ("<p>one</p><!-- <p>no</p> <script> --><p>two</p><!--[if IE]><p>no</p><![endif]-->", ["one", "two"]),
        ("<p>one</p><!--><p>two</p><!---><p>three</p><!-- no --!><p>four</p>", ["one", "two", "three", "four"]),
        ("<script><!--\n <script> f() </script> --></script><p>one</p>", ["one"]),
        ("<scripted>one</scripted><styles>two</styles><p>three</p>", ["onetwo", "three"]),
        ("<script>'</scripts>'</script/><p>one</p>", ["one"]),
        ("<p>one</p><script>no", ["one"]),
        ("<p>one</p><style>no<p>no</p>", ["one"]),
        ("<p>one</p><!-- no <p>no</p>", ["one"]),
    ],
)
def test_comments_scripts_and_styles_are_not_shown(html: str, shown: list[str]) -> None:
    assert lines(html) == shown


def test_of_all_scripts_only_those_of_json_are_left_in_the_tree() -> None:
    html = "<script>a()</script><script type='application/ld+json'>{}</script><style>p</style><!-- no --><p>One</p>"
    assert tostring(page_tree.parse(f"<body>{html}</body>")) == (
        b'<html><body><script type="application/ld+json">{}</script><p>One</p></body></html>'
    )


def told(html: str, column: str) -> list[int]:
    """Give what an outline says of each line."""
    values: list[int] = getattr(of(html), column).tolist()
    return values


def test_links_are_counted_in_bytes_and_in_number() -> None:
    two, one, around = (
        "See <a href=1>the é</a> and <a href=2>all</a>",
        "<a href=3><b>x</b></a>",
        "<a href=4><p>y z</p></a>",
    )
    html = f"<p>{two}</p><p>{one}</p>{around}<p>no</p>"
    assert lines(html) == ["See the é and all", "x", "y z", "no"]
    assert told(html, "linked") == [11, 1, 3, 0]  # with the spaces before them
    assert told(html, "links") == [2, 1, 1, 0]


def test_bold_type_is_counted_in_bytes() -> None:
    assert told("<p><b>Two</b> <strong>wo<b>rds</b></strong> more</p><b><div>all</div></b>", "bold") == [9, 3]


def test_a_line_behind_a_break_is_told_from_one_that_begins_its_element() -> None:
    assert told("<p>One<br>two<br><b>three</b></p><p>four</p><pre>five\nsix</pre>", "broken") == [0, 1, 1, 0, 0, 1]


def test_a_line_is_held_by_the_innermost_element_that_is_open_from_its_begin_to_its_end() -> None:
    found = of("<div>One <b>bold</b></div><ul><li><a href=x>two</a></li></ul>")
    assert [NAMES[found.tags[node]] for node in found.nodes] == ["div", "li"]
    assert [int(found.depths[node]) for node in found.nodes] == [2, 3]
    names = [NAMES[tag] for tag in found.tags]
    assert names == ["html", "body", "div", "b", "ul", "li", "a"]
    assert found.parents.tolist() == [-1, 0, 1, 2, 1, 4, 5]
    assert list(zip(found.firsts.tolist(), found.lasts.tolist(), strict=True)) == [
        (0, 2), (0, 2), (0, 1), (1, 1), (1, 2), (1, 2), (1, 2)
    ]  # fmt: skip


def standing(html: str) -> list[set[str]]:
    """Give, per line, the names of elements that it stands in, and whether it is hidden."""
    found = of(html)
    flags = [int(found.flags[node]) for node in found.nodes]
    return [
        {name for name in STANDS_IN if flag & IN[name]} | ({"hidden"} if flag & HIDDEN else set()) for flag in flags
    ]


def test_a_line_stands_in_all_elements_around_it() -> None:
    html = "<main><article><h1>a</h1><section><p>b</p></section></article></main><nav><ul><li>c</ul></nav><p>d</p>"
    assert standing(html) == [{"main", "article"}, {"main", "article", "section", "p"}, {"nav", "li"}, {"p"}]


@pytest.mark.parametrize(
    ("attribute", "is_hidden"),
    [
        ("hidden", True), ("HIDDEN=''", True), ("aria-hidden=true", True), ("aria-hidden=false", False),
        ("style='display:none'", True), ("style='top:0; DISPLAY : None'", True), ("style='display:block'", False),
        ("style='dispdisplay:none'", True), ("title='display:none'", False), ("class=hidden", False),
    ],
)  # fmt: skip
def test_a_hidden_line_is_read_and_marked(attribute: str, is_hidden: bool) -> None:  # noqa: FBT001 - a table of cases
    assert standing(f"<div {attribute}><span>a</span></div>") == [{"hidden"} if is_hidden else set()]


def groups(attribute: str) -> set[str]:
    found = of(f"<div {attribute}>a</div>")
    return {name for bit, name in enumerate(GROUPS) if found.groups[found.nodes[0]] >> bit & 1}


@pytest.mark.parametrize(
    ("attribute", "named"),
    [
        ("class='site-nav'", {"nav"}),
        ("class='MainNavigation x'", {"nav"}),
        ("id=comments_list", {"comments"}),
        ("class='relatedPosts2'", {"related"}),
        ("role=complementary", {"side"}),
        ("itemprop=articleBody", {"content"}),
        ("data-testid='newsletter signup'", {"signup"}),
        ("class='shareholder navigate'", set()),
        ("title='comments'", set()),
        ("class=", set()),
    ],
)
def test_names_of_elements_tell_what_they_hold_word_by_word(attribute: str, named: set[str]) -> None:
    assert groups(attribute) == named


def test_the_words_of_names_are_bounded_and_the_most_attributes_are_counted() -> None:
    found = of(
        f"<div class='{' '.join(f'name{letter}' for letter in 'abcdefghijklmnopqrstuvwxyzabcdef')}' a=1 b c>x</div>"
    )
    node = int(found.nodes[0])
    assert int(found.name_ends[node + 1] - found.name_ends[node]) == 24
    assert found.most_attributes == 4
    assert of("<p>" + "<b>x</b>" * 5).most_attributes == 0


@pytest.mark.parametrize(
    "attributes",
    [
        '=\'="a>b"',
        "a\"b='x'",
        "'='a'",
        "a='\"' b=\"'\"",
        "<b=1",
        "=a=b",
        "/ / a",
        "a=b/",
        "é='&quot;>&#10;'",
        "`=`>`",
    ],
)
def test_hostile_names_of_attributes_hide_no_words(attributes: str) -> None:
    html = f'<p {attributes}>it\'s <b>"bold"</b> on</p><p>and on</p>'
    assert shown_by_lxml(html) == shown(html)
    assert lines(html)[-1] == "and on"


# What a parser may be given: elements known and unknown, attributes of any name and value, text, nothing closed.
ELEMENTS = st.sampled_from([*NAMES[1:], "x-y", "o:p", "p<b", "a'b", "math", "plaintext", "xmp", "frameset", "html"])
SIGNS = st.text(
    st.sampled_from("ab =\"'<>/&;#\n\t`x10é\u00a0\u0085\u3000\u200b🚢\x01\x1c\x7f\ufffe|-:"), max_size=12
)
ATTRIBUTES = st.lists(
    st.tuples(
        SIGNS | st.sampled_from(["class", "id", "style", "hidden", "role"]), SIGNS, st.sampled_from(["'", '"', ""])
    ),
    max_size=3,
).map(lambda some: "".join(f" {name}={quote}{value}{quote}" for name, value, quote in some))
PIECES = st.one_of(
    st.builds("<{}{}>".format, ELEMENTS, ATTRIBUTES),
    st.builds("</{}>".format, ELEMENTS),
    st.builds("<{}/>".format, ELEMENTS),
    SIGNS,
    st.text(max_size=20),
    st.sampled_from(
        ["&amp;", "&#10;", "&nbsp;", "&;", "&#x;", "&", "<!--", "-->", "<![CDATA[", "]]>", "<?", "<!doctype"]
    ),
)
MARKUP = st.lists(PIECES, max_size=30).map("".join)
_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # XML has no such signs


def told_by(element: _Element) -> str:
    """Give the visible text of an element as lxml has it."""
    name = element.tag.lower() if isinstance(element.tag, str) else "script"
    own = "" if name in UNSEEN else (element.text or "") + "".join(told_by(child) for child in element)
    return own + (element.tail or "")


def letters(text: str) -> str:
    """Give the signs of a text without spaces and bars: what no layout changes."""
    return "".join(_UNWRITTEN.sub("\ufffd", text).replace("|", "").split())


def shown_by_lxml(html: str) -> str | None:
    tree = page_tree.parse(html)
    return None if tree is None else letters(told_by(tree))


def shown(html: str) -> str | None:
    tree = page_tree.parse(html)
    return None if tree is None else letters(page_tree.outline_of(tree).text.tobytes().decode())


@settings(deadline=None, max_examples=300)
@given(MARKUP)
def test_any_markup_shows_what_the_parser_read(html: str) -> None:
    assert shown(html) == shown_by_lxml(html)


@settings(deadline=None, max_examples=300)
@given(MARKUP)
def test_the_outline_of_any_page_holds_together(html: str) -> None:
    tree = page_tree.parse(html)
    if tree is None:
        return
    found = outline(tostring(tree, encoding="utf-8", xml_declaration=False))
    count, elements = found.ends.size, found.parents.size
    text = found.text.tobytes().decode()
    assert count == (text.count("\n") + 1 if text else 0)
    assert "" not in text.split("\n") or not text
    assert all(0 <= node < elements for node in found.nodes.tolist())
    assert all(-1 <= parent < node for node, parent in enumerate(found.parents.tolist()))
    for line, node in enumerate(found.nodes.tolist()):
        assert found.firsts[node] <= line < found.lasts[node]
    for node, parent in enumerate(found.parents.tolist()):
        assert 0 <= found.firsts[node] <= found.lasts[node] <= count
        if parent >= 0:
            assert found.firsts[parent] <= found.firsts[node]
            assert found.lasts[node] <= found.lasts[parent]
            assert found.depths[node] == found.depths[parent] + 1
    sizes = [len(line.encode()) for line in text.split("\n")] if text else []
    assert found.ends.tolist() == [sum(sizes[: n + 1]) + n for n in range(count)]
    assert all(0 <= value <= size for value, size in zip(found.linked.tolist(), sizes, strict=True))
    assert all(0 <= value <= size for value, size in zip(found.bold.tolist(), sizes, strict=True))
    assert found.name_ends.tolist() == sorted(found.name_ends.tolist())
    assert found.names.size == (found.name_ends[-1] if elements else 0)


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.binary(max_size=200), MARKUP.map(lambda html: html.encode("utf-8", "replace"))))
def test_no_bytes_lead_the_reader_out_of_its_arrays(markup: bytes) -> None:
    compiled: Any = page_lines._read
    page_lines._read = compiled.py_func  # NumPy looks at every index, the compiled kernel does not
    try:
        with np.errstate(over="ignore"):
            outline(markup)
    finally:
        page_lines._read = compiled
