"""What a reader would see of a page, for when no parser could be trusted with it: tags are taken off, no more."""

from __future__ import annotations

import html

import pyarrow as pa
import pyarrow.compute as pc

from transforms.strings import clean

MOST_CHARS = 100_000  # some 15,000 words: enough to see what the page was; the stage has it whole

# RE2, and each pattern matches to its end or to the end of the page, so nothing is read twice: a page of 8 MB
# that is one tag, or 60,000 openings of scripts, costs what any page of its size costs.
_UNSEEN = "|".join(
    [
        r"<!--(?s:.*?)(?:-->|\z)",
        *(rf"<{name}\b(?s:.*?)(?:</{name}\b|\z)" for name in ("script", "style", "template", "svg", "textarea")),
    ]
)
_BREAKS = (
    r"</?(?:address|article|aside|blockquote|body|br|caption|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|head|"
    r"header|hr|html|li|main|nav|ol|option|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul)\b[^>]*(?:>|\z)"
)
_TAGS = r"<[a-zA-Z/!?][^>]*(?:>|\z)"


def visible(body: str, *, is_html: bool) -> str:
    r"""Give the lines of a page without markup, at most MOST_CHARS characters of them.

    >>> visible("<p>One &amp; two</p><script>x < 1</script><p>Three</p", is_html=True)
    'One & two\nThree'
    """
    text = pa.scalar(body, pa.large_string())
    if is_html:
        for pattern, shown in ((_UNSEEN, "</x"), (_BREAKS, "\n"), (_TAGS, "")):
            text = pc.replace_substring_regex(text, f"(?i){pattern}", shown)
    shown = text.as_py()[:MOST_CHARS]
    lines = (" ".join(line.split()) for line in (html.unescape(shown) if is_html else shown).splitlines())
    return clean("\n".join(filter(None, lines)))
