import subprocess
import sys

import pytest
from lxml.etree import XPathEvalError, fromstring

from transforms import answers
from transforms.refused_memory import is_refused_memory

REFUSED = """
import resource, sys
from pathlib import Path
from lxml.etree import HTMLParser, fromstring
from resiliparse.extract.html2text import extract_plain_text
from transforms.refused_memory import is_refused_memory
asks = {
    "resiliparse": lambda html: extract_plain_text(html, main_content=True),
    "lxml": lambda html: fromstring(html, HTMLParser()),
}
ask, html = asks[sys.argv[1]], "<p>" + "<span>a</span> " * 100_000
ask("<p>A page that loads what is loaded once.")
now = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_DATA, (now + (8 << 20), resource.RLIM_INFINITY))
try:
    ask(html)
except Exception as error:
    resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(type(error).__name__, is_refused_memory(error))
"""


@pytest.mark.parametrize(
    ("parser", "words"),
    [("resiliparse", {"HTMLParserException", "ValueError"}), ("lxml", {"XMLSyntaxError", "MemoryError"})],
)
def test_what_a_parser_raises_without_memory_is_known(parser: str, words: set[str]) -> None:
    done = subprocess.run([sys.executable, "-c", REFUSED, parser], capture_output=True, text=True, check=True)
    name, told = done.stdout.split()
    assert (name in words, told) == (True, "True"), done


def test_a_query_of_which_libxml2_has_something_to_say_was_not_refused_memory() -> None:
    with pytest.raises(XPathEvalError) as wrong:
        fromstring("<a/>").xpath("//b[")
    assert not is_refused_memory(wrong.value)
    assert is_refused_memory(XPathEvalError("unknown error"))


def test_an_extractor_that_was_refused_memory_has_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: str) -> str:
        raise ValueError("Failed to parse HTML document")

    monkeypatch.setattr(answers, "_EXTRACTORS", {"resiliparse": refused})
    with pytest.raises(MemoryError):
        answers.answers("<p>a</p>", ["resiliparse"])
