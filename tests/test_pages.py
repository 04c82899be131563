"""HTML pages through extract and strip: what stays, what went and why, and that no visible line is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from copydesk.cli import app
from copydesk.inspect import clean_file
from copydesk.settings import Settings
from tests.invented_pages import BOTE, BOTE_TITLE, COURIER, LEDGER, PAGES, STORY, TITLE, pages
from transforms import model_file, rule_files
from transforms.extract import extract
from transforms.normalize import match_form
from transforms.rebuild import rebuild
from transforms.rules import Rules
from transforms.site_memory import SiteMemory
from transforms.strip import Stripped, strip

RULES = rule_files.load()
JUDGES = model_file.classifiers("best")


def stripped(html: str, *, rules: Rules = RULES, memory: SiteMemory | None = None, **columns: object) -> Stripped:
    extracts = extract(pages(html, **columns), JUDGES.pages).extracts
    made = strip(extracts, rules, memory, JUDGES.lines)
    for article, text in zip(made.articles.to_pylist(), extracts["text"].to_pylist(), strict=True):
        assert rebuild(article["body"], made.cuts.to_pylist()) == text
    return made


def article(html: str, **known: Any) -> dict[str, Any]:
    (found,) = stripped(html, **known).articles.to_pylist()
    return dict(found)


def fates(html: str, **known: Any) -> dict[str, tuple[str, str, str, str | None]]:
    """Give action, kind, decider and column of every line that is not the body's, by its text."""
    rows = stripped(html, **known).cuts.to_pylist()
    return {row["text"]: (row["action"], row["kind"], row["rule_id"], row["field"]) for row in rows}


@pytest.mark.parametrize("outlet", sorted(PAGES))
def test_the_body_of_a_page_is_its_story(outlet: str) -> None:
    html, story = PAGES[outlet]
    found = article(html)
    assert found["body"] == "\n".join(story)
    assert (found["title"], found["title_source"]) == (BOTE_TITLE if outlet == "bote" else TITLE, "h1")
    assert not found["is_overcut"]


@pytest.mark.parametrize("outlet", sorted(PAGES))
def test_every_other_line_is_a_cut_with_its_kind_and_what_took_it(outlet: str) -> None:
    html, story = PAGES[outlet]
    made = stripped(html)
    cuts = made.cuts.to_pylist()
    (found,) = made.articles.to_pylist()
    gone = [cut for cut in cuts if cut["action"] in ("cut", "move")]
    assert len(gone) == found["cut_lines"] == found["text_lines"] - len(story)
    assert all(cut["kind"] and cut["rule_id"] for cut in gone)
    assert all((cut["score"] is not None) == (cut["rule_id"] == "model.page") for cut in cuts)
    assert all(cut["score"] >= 0.5 for cut in cuts if cut["rule_id"] == "model.page")


def test_lines_of_a_page_go_with_the_kind_of_the_box_that_they_stand_in() -> None:
    found = fates(LEDGER)
    assert found[TITLE] == ("move", "title", "title.line", "title")
    assert found["Harbor Ledger"][:2] == ("cut", "nav")
    assert found["Get the news of the harbour every morning."] == ("cut", "newsletter", "model.page", None)
    assert found["Facebook Twitter WhatsApp"][1] == "share"
    assert found["Ten gardens to see in spring"][1] == "related"
    assert found["2 Comments"][1] == found["Uta"][1] == "comment_form"
    assert found["© 2026 Harbor Ledger. All rights reserved."][1] == "legal"
    assert fates(COURIER)["We use cookies to give you the best experience."][1] == "cookie"
    assert fates(BOTE)["Mehr zum Thema"][1] == "related"


def test_bylines_and_captions_near_the_story_tell_of_the_article() -> None:
    found = article(LEDGER)
    assert (found["author"], found["captions"], found["site"]) == (
        "Ada Quill", "The ferry Marta in the harbour of Lunow. Photo: Bo Reed", "harborledger.example"
    )  # fmt: skip
    bare = article(LEDGER.replace('class="byline"', 'class="x"').replace("By Ada Quill", "By Ada Quill, Lunow"))
    assert bare["author"] == "Ada Quill"


STORIES = "".join(f'<li><a href="/{n}">Story number {n} of the day</a></li>' for n in range(60))
BOX = f"""<div class="menu top-stories"><ul>{STORIES}<li><a href="/1">Ship sinks off Norum (Reuters)</a></li>
<li>Photo: AFP</li><li>By Kim Stray</li></ul></div>"""


@pytest.mark.parametrize("mark", ["<header", "<footer"])
def test_what_menus_and_boxes_tell_is_not_the_articles(mark: str) -> None:
    html = LEDGER.replace('<div class="byline">By Ada Quill</div>', "").replace(mark, BOX + mark, 1)
    plain = article(LEDGER.replace('<div class="byline">By Ada Quill</div>', ""))
    found = article(html)
    same = ("title", "body", "author", "agency", "credits", "captions", "signoff", "dateline", "republished_from")
    assert {name: found[name] for name in same} == {name: plain[name] for name in same}
    assert (plain["author"], plain["agency"], plain["credits"]) == (None, None, None)
    fate = fates(html)
    assert fate["Photo: AFP"][0] == fate["By Kim Stray"][0] == "cut"


def decided(line: str, state: str) -> SiteMemory:
    row = {"site": "harborledger.example", "line_key": match_form(line), "state": state, "decided_by": "person"}
    return SiteMemory([row])


def test_a_vetoed_line_of_a_page_stays_and_an_approved_one_goes() -> None:
    vetoed, approved = "Get the news of the harbour every morning.", STORY[4]
    assert article(LEDGER, memory=decided(vetoed, "vetoed"))["body"] == "\n".join([*STORY, vetoed])
    found = article(LEDGER, memory=decided(approved, "approved"))["body"]
    assert found == "\n".join(line for line in STORY if line != approved)
    assert fates(LEDGER, memory=decided(approved, "approved"))[approved][2] == "memory.approved"


def test_a_keep_rule_spares_a_line_of_a_page(tmp_path: Path) -> None:
    line = "Get the news of the harbour every morning."
    (tmp_path / "own.toml").write_text(f'[[rule]]\nid = "own.x"\nkind = "keep"\naction = "keep"\ntext = "{line}"\n')
    assert article(LEDGER, rules=rule_files.load(tmp_path))["body"] == "\n".join([*STORY, line])


def test_a_page_that_is_nearly_all_furniture_is_stripped_all_the_same() -> None:
    menu = "".join(f'<li><a href="/{n}">Section {n} of the paper, with its news</a></li>' for n in range(400))
    found = article(LEDGER.replace("<footer", f'<nav class="menu"><ul>{menu}</ul></nav><footer'))
    assert found["body"] == "\n".join(STORY)
    assert not found["is_overcut"]
    assert found["cut_chars"] > 9 * len(found["body"])


def test_a_page_whose_story_rules_would_take_keeps_it(tmp_path: Path) -> None:
    rows = "".join(f"[[rule]]\nid = 'own.{n}'\nkind = 'ad'\ntext = '''{line}'''\n" for n, line in enumerate(STORY))
    (tmp_path / "own.toml").write_text(rows, encoding="utf-8")
    found = article(LEDGER, rules=rule_files.load(tmp_path))
    assert found["body"] == "\n".join(STORY)
    assert found["is_overcut"]


def test_without_a_title_in_the_markup_no_line_of_the_menu_is_one() -> None:
    html = COURIER[: COURIER.index("<title>")] + COURIER[COURIER.index("</title>") + 8 :]
    found = article(html.replace(f'<h1 class="entry-title">{TITLE}</h1>', ""))
    assert (found["title"], found["title_source"]) == (None, None)
    assert found["body"] == "\n".join(STORY)


def test_a_given_title_is_not_looked_for_in_vain() -> None:
    found = article(LEDGER, title="Marta is back")
    assert (found["title"], found["title_source"], found["body"]) == ("Marta is back", "record", "\n".join(STORY))


@pytest.mark.parametrize("extraction", ["best", "fast"])
def test_strip_and_explain_take_an_html_file(tmp_path: Path, extraction: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(LEDGER, encoding="utf-8")
    given = {"COPYDESK_EXTRACTION": extraction, "COPYDESK_DATA": str(tmp_path / "data")}
    shown = CliRunner().invoke(app, ["strip", str(file)], env=given)
    assert (shown.exit_code, shown.stdout) == (0, "\n".join(STORY) + "\n")
    told = CliRunner().invoke(app, ["explain", str(file)], env=given)
    assert told.exit_code == 0
    assert "model.page" in told.stdout
    assert "Get the news of the harbour every morning." in told.stdout


def test_an_html_file_needs_no_classifier(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(LEDGER, encoding="utf-8")
    settings = replace(Settings(tmp_path / "data"), classifier=False)
    found = clean_file(str(file), settings)
    assert [line for line in found.body.split("\n") if line in STORY] == list(STORY)
    assert {line.score for line in found.lines} == {None}
