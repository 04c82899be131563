"""Rules do what their own examples say, spare the seeds' own lines, and fail with a remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from transforms import rule_files
from transforms.errors import RuleError
from transforms.judge import judge
from transforms.rules import Rule, Rules

PACKAGED = rule_files.load()
SEED_LINES = Path(__file__).parents[2] / "shared" / "evals" / "boilerplate" / "seed_lines.jsonl"
CATCHES = [pytest.param(rule, line, id=f"{rule.id}: {line}") for rule in PACKAGED.ordered for line in rule.catches]
SPARES = [pytest.param(rule, line, id=f"{rule.id}: {line}") for rule in PACKAGED.ordered for line in rule.spares]
GOOD = """
[[rule]]
id = "site.promo"
kind = "ad"
lang = "en"
where = "anywhere"
match = 'try our crossword'
action = "cut"
catches = ["Try our crossword"]
spares = ["Try our crossword champion"]
"""


@pytest.mark.parametrize(("rule", "line"), CATCHES)
def test_rule_catches_its_example(rule: Rule, line: str) -> None:
    assert rule in PACKAGED.matches(line)


@pytest.mark.parametrize(("rule", "line"), SPARES)
def test_rule_spares_its_near_miss(rule: Rule, line: str) -> None:
    assert rule not in PACKAGED.matches(line)


def test_every_kind_of_leftover_has_a_rule() -> None:
    kinds = {rule.kind for rule in PACKAGED.ordered}
    assert kinds == {
        "ad", "agency", "app", "byline", "caption", "comment_form", "cookie", "credit", "keep", "legal",
        "media_pointer", "nav", "newsletter", "paywall", "related", "republished", "share", "signoff", "site_date",
        "source_link", "tags", "updated_marker",
    }  # fmt: skip


def test_no_rule_touches_a_content_line_of_the_seeds() -> None:
    if not SEED_LINES.exists():
        pytest.skip("../shared is absent: the labelled lines of the seeds cannot be read")
    rows = [json.loads(line) for line in SEED_LINES.read_text(encoding="utf-8").splitlines()]
    touched = {r["line_no"]: [x.id for x in PACKAGED.matches(r["text"])] for r in rows if r["label"] == "content"}
    assert {line_no: ids for line_no, ids in touched.items() if ids} == {}


def test_the_line_is_compared_without_its_dress() -> None:
    dressed = ["leave a reply", "  • Leave a\u00a0Reply »", "LEAVE A REPLY:", "Leave\u200b a  Reply…"]
    assert [PACKAGED.matches(line)[0].id for line in dressed] == ["comments.form-en"] * 4


def test_rules_of_a_user_are_tried_first(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD.replace("try our crossword", "leave a reply").replace(
        "Try our crossword", "Leave a Reply"), encoding="utf-8")  # fmt: skip
    loaded = rule_files.load(tmp_path)
    assert [rule.id for rule in loaded.matches("Leave a Reply")] == ["site.promo", "comments.form-en"]


def test_a_rule_for_a_site_leaves_other_sites_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD + 'sites = ["mirror.example"]\n', encoding="utf-8")
    loaded = rule_files.load(tmp_path)
    text = "A title for the page\nThe dam burst at noon and the valley was flooded.\nTry our crossword"
    bodies = [judge(text, None, loaded, site=site).body for site in ("mirror.example", "post.example", None)]
    kept = "The dam burst at noon and the valley was flooded."
    assert bodies == [kept, f"{kept}\nTry our crossword", f"{kept}\nTry our crossword"]


def test_a_keep_rule_wins_over_every_other(tmp_path: Path) -> None:
    keep = GOOD.replace("try our crossword", "leave a reply").replace("Try our crossword", "Leave a Reply")
    (tmp_path / "mine.toml").write_text(keep.replace('action = "cut"', 'action = "keep"'), encoding="utf-8")
    text = "A title for the page\nThe dam burst at noon and the valley was flooded.\nLeave a Reply\nName *"
    judged = judge(text, None, rule_files.load(tmp_path))
    assert judged.body == "The dam burst at noon and the valley was flooded.\nLeave a Reply"


def test_the_digest_changes_with_the_content_of_the_rules_alone(tmp_path: Path) -> None:
    digests = []
    for name, text in (("a.toml", GOOD), ("b.toml", GOOD), ("a.toml", GOOD.replace("crossword", "sudoku"))):
        (tmp_path / name).write_text(text, encoding="utf-8")
        digests.append(rule_files.load(tmp_path).digest)
        (tmp_path / name).unlink()
    assert digests[0] == digests[1] != digests[2]


def test_no_rules_match_nothing() -> None:
    assert Rules([]).matches("Leave a Reply") == ()


def _edited(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


BROKEN = [
    pytest.param(_edited("[[rule]]", "[[rule"), "not valid TOML", id="torn file"),
    pytest.param("colour = 1\n" + GOOD, "unknown key 'colour'", id="unknown key of a file"),
    pytest.param(_edited('lang = "en"', 'language = "en"'), "lacks 'lang'", id="missing key"),
    pytest.param(_edited('lang = "en"', 'lang = "en"\nscore = 1'), "unknown key 'score'", id="unknown key"),
    pytest.param(_edited('"anywhere"', '"middle"'), "where = 'middle'. Use one of: head,", id="bad place"),
    pytest.param(_edited('"cut"', '"credit"'), "action = 'credit'. Use one of: keep,", id="bad action"),
    pytest.param(_edited('"cut"', '"move"'), "moves lines to no column. Add field", id="move without field"),
    pytest.param(_edited('"cut"', '"cut"\nfield = "agency"'), "a field but does not move", id="field without move"),
    pytest.param(_edited('"cut"', '"move"\nfield = "colour"'), "field = 'colour'. Use one of", id="bad field"),
    pytest.param(_edited("'try our crossword'", "'(a'"), "RE2 refuses: missing )", id="bad pattern"),
    pytest.param(_edited("'try our crossword'", "'(?=a)b'"), "RE2 refuses", id="lookaround"),
    pytest.param(_edited("'try our crossword'", "'(a?)*'"), "matches an empty line", id="empty line"),
    pytest.param(_edited("'try our crossword'", "'.+'"), "matches any line at all", id="any line"),
    pytest.param(_edited("'try our crossword'", "'Try our'"), "has 'T' in its pattern", id="capitals"),
    pytest.param(
        _edited("'try our crossword'", "'{brand} x'"), "uses {brand}, which no [words]", id="unknown word"
    ),
    pytest.param(
        _edited('"Try our crossword"', '"Our crossword"'), "not match a line it catches: 'Our", id="catch"
    ),
    pytest.param(_edited('spares = ["Try our crossword champion"]', "spares = []"), "no 'spares'", id="no spare"),
    pytest.param(_edited('lang = "en"', "lang = 1"), "a 'lang' of the wrong type: 1", id="wrong type"),
    pytest.param(GOOD + GOOD, "rule 'site.promo' is also in mine.toml", id="id used twice"),
    pytest.param(_edited("site.promo", "ads.label-en"), "is also in", id="id of a packaged rule"),
    pytest.param("[words]\nmonth = 'x'\n" + GOOD, "month is defined twice", id="word defined twice"),
    pytest.param("rule = 3", "mine.toml: 'rule' is no list of tables. Begin each rule", id="rule is a number"),
    pytest.param("rule = [3]", "mine.toml: 'rule' is no list of tables", id="rule in a list is a number"),
    pytest.param("[rule]\nid = 'x'", "mine.toml: 'rule' is no list of tables", id="one bracket short"),
    pytest.param("words = 3\n" + GOOD, "mine.toml: 'words' is no table. Write [words]", id="words is a number"),
    pytest.param("[words]\nx = [1]\n" + GOOD, "mine.toml: [words] x is no text: [1]. Give", id="word is no text"),
    pytest.param("[words]\nx = 1\n" + GOOD, "mine.toml: [words] x is no text: 1. Give", id="word is a number"),
    pytest.param("[words]\nx = []\n" + GOOD, "mine.toml: [words] x is no text: []. Give", id="word is empty"),
    pytest.param(
        _edited("'try our crossword'", "['a b', 1]"), "a 'match' that is no text: ['a b', 1]. Give", id="match"
    ),
    pytest.param(_edited("'try our crossword'", "[]"), "a 'match' that is no text: []. Give", id="no match"),
    pytest.param(
        _edited('["Try our crossword"]', "[1]"), "rule 'site.promo' has 1 among its 'catches'", id="catches"
    ),
    pytest.param(_edited('"cut"', '"cut"\nsites = [1]'), "has 1 among its 'sites', which is no", id="sites"),
    pytest.param(_edited('"cut"', '"cut"\nmax_chars = true'), "'max_chars' of the wrong type: True", id="boolean"),
    pytest.param(_edited('"cut"', '"cut"\nkind = 3').replace('kind = "ad"\n', ""), "a 'kind' of the", id="kind"),
]


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_a_broken_rule_file_is_refused_with_a_remedy(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(content, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        rule_files.load(tmp_path)
    assert message in str(caught.value)
    assert ".toml" in str(caught.value)


def test_a_rule_that_takes_its_own_near_miss_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        GOOD.replace("'try our crossword'", "'try our crossword.*'"), encoding="utf-8"
    )
    with pytest.raises(RuleError) as caught:
        rule_files.load(tmp_path)
    assert str(caught.value) == (
        "mine.toml: rule 'site.promo' spares a line it also matches: 'Try our crossword champion'. Narrow match."
    )


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such folder of rules"):
        rule_files.load(tmp_path / "absent")
