"""Rules do what their own examples say, spare the seeds' own lines, and fail with a remedy."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import lines, rule_checks, rule_files
from transforms.errors import RuleError
from transforms.judge import judge
from transforms.rule_checks import ACTIONS, FIELDS, Failure
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
    assert PACKAGED.fits(rule, line)


@pytest.mark.parametrize(("rule", "line"), SPARES)
def test_rule_spares_its_near_miss(rule: Rule, line: str) -> None:
    assert not PACKAGED.fits(rule, line)


def test_every_kind_of_leftover_has_a_rule() -> None:
    kinds = {rule.kind for rule in PACKAGED.ordered}
    assert kinds == {
        "ad", "agency", "app", "byline", "caption", "comment_form", "cookie", "credit", "dateline", "keep", "legal",
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


def test_a_process_loads_the_same_bytes_once_and_others_anew(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8")
    first = rule_files.load(tmp_path)
    assert rule_files.load(tmp_path) is first
    before = file.stat()
    file.write_text(GOOD.replace("crossword", "crosswarp"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    changed = rule_files.load(tmp_path)
    assert [[rule.id for rule in rules.matches("Try our crossword")] for rules in (first, changed)] == [
        ["site.promo"],
        [],
    ]


def test_rules_that_were_checked_before_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[[rule]]\nid = "own.one"\ntext = "Puzzle corner"\n', encoding="utf-8")
    assert rule_files.load(tmp_path, is_checked=True).ordered == rule_files.load(tmp_path).ordered


def test_a_pattern_broken_since_the_rules_were_checked_is_named(tmp_path: Path) -> None:
    broken = "[[rule]]\nid = 'own.one'\nmatch = '(puzzle'\ncatches = ['puzzle']\nspares = ['riddle']\n"
    (tmp_path / "own.toml").write_text(broken, encoding="utf-8")
    with pytest.raises(RuleError, match=r"'own\.one' has a pattern that RE2 refuses"):
        rule_files.load(tmp_path, is_checked=True)


def test_no_rules_match_nothing() -> None:
    assert Rules([]).matches("Leave a Reply") == ()


def _edited(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


MATCH = "'try our crossword'"
LETTER = '[[rule]]\nid = "own.letter"\n'
PACKAGED_FOLDER = rule_files.PACKAGED
BROKEN = [
    pytest.param(
        _edited("[[rule]]", "[[rule"),
        (
            "not valid TOML: Expected ']]' at the end of an array declaration (at line 2, column 7). "
            "Correct it; patterns stand in 'single quotes'."
        ),
        id="torn file",
    ),
    pytest.param(
        b"# caf\xe9\n" + GOOD.encode(),
        "is not UTF-8: invalid continuation byte at byte 5. Save it as UTF-8.",
        id="not UTF-8",
    ),
    pytest.param("", "holds no rule. Begin one with the line [[rule]], or delete the file.", id="empty"),
    pytest.param(
        "kind = 'ad'", "holds no rule. Begin one with the line [[rule]], or delete the file.", id="only a kind"
    ),
    pytest.param(
        "rule = " + "[" * 3000,
        "not valid TOML: maximum recursion depth exceeded. Correct it; patterns stand in 'single quotes'.",
        id="nested too deep",
    ),
    pytest.param(
        "colour = 1\n" + GOOD,
        "unknown key 'colour'. A file holds kind, [words], [agencies], [[rule]].",
        id="unknown key of a file",
    ),
    pytest.param(
        "rule = 3", "'rule' is no list of tables. Begin each rule with the line [[rule]].", id="rule is a number"
    ),
    pytest.param(
        "rule = [3]",
        "'rule' is no list of tables. Begin each rule with the line [[rule]].",
        id="rule in a list is a number",
    ),
    pytest.param(
        "[rule]\nid = 'x'",
        "'rule' is no list of tables. Begin each rule with the line [[rule]].",
        id="one bracket short",
    ),
    pytest.param(
        "words = 3\n" + GOOD,
        "'words' is no table. Write [words] and under it name = 'pattern'.",
        id="words is a number",
    ),
    pytest.param(
        "[words]\nx = [1]\n" + GOOD,
        "[words] x is no text: [1]. Give a text in 'single quotes', or a list of them.",
        id="word is no text",
    ),
    pytest.param(
        "[words]\nx = []\n" + GOOD,
        "[words] x is no text: []. Give a text in 'single quotes', or a list of them.",
        id="word is empty",
    ),
    pytest.param(
        "[words]\nmonth = 'x'\n" + GOOD,
        "[words] month is defined twice. Choose another name.",
        id="word defined twice",
    ),
    pytest.param(
        _edited('id = "site.promo"', ""),
        "rule 'without id' lacks 'id'. Give it a name of its own: id = 'own.letter'.",
        id="no id",
    ),
    pytest.param(
        _edited('lang = "en"', "score = 1"),
        (
            "rule 'site.promo' has the unknown key 'score'. "
            "A rule may say action, cased, catches, field, id, kind, lang, match, max_chars, min_leads, prose, "
            "sites, spares, starts, text, where."
        ),
        id="unknown key",
    ),
    pytest.param(
        _edited('lang = "en"', "lang = 1"),
        "rule 'site.promo' has a 'lang' of the wrong type: 1. Write a text in 'quotes'.",
        id="wrong type",
    ),
    pytest.param(
        _edited('"cut"', '"cut"\nmax_chars = true'),
        "rule 'site.promo' has a 'max_chars' of the wrong type: True. Write a number without quotes.",
        id="boolean",
    ),
    pytest.param(
        _edited('"cut"', '"cut"\nprose = "yes"'),
        "rule 'site.promo' has a 'prose' of the wrong type: 'yes'. Write true or false.",
        id="text for a boolean",
    ),
    pytest.param(
        _edited('"cut"', '"cut"\nsites = "ledger.example"'),
        (
            "rule 'site.promo' has a 'sites' of the wrong type: 'ledger.example'. "
            'Write a list: ["one", "another"].'
        ),
        id="text for a list",
    ),
    pytest.param(
        LETTER + "text = 'our letter'\nmatch = 'our letter'",
        (
            "rule 'own.letter' has 'text' and 'match'. "
            "Give one of text = 'the whole line', starts = 'how it begins' or match = 'a pattern'."
        ),
        id="two that say what",
    ),
    pytest.param(
        LETTER,
        (
            "rule 'own.letter' has nothing that says which lines it takes. "
            "Give one of text = 'the whole line', starts = 'how it begins' or match = 'a pattern'."
        ),
        id="nothing says what",
    ),
    pytest.param(
        _edited('spares = ["Try our crossword champion"]', "spares = []"),
        "rule 'site.promo' has no 'spares'. Give at least one line it spares.",
        id="no spare",
    ),
    pytest.param(
        _edited('catches = ["Try our crossword"]', ""),
        "rule 'site.promo' has no 'catches'. Give at least one line it catches.",
        id="no catch",
    ),
    pytest.param(
        LETTER + "starts = 'Our letter'",
        "rule 'own.letter' has no 'catches'. Give at least one line it catches.",
        id="no catch of starts",
    ),
    pytest.param(
        _edited('["Try our crossword"]', "[1]"),
        "rule 'site.promo' has 1 among its 'catches', which is no text. Put it in \"quotes\".",
        id="catch is a number",
    ),
    pytest.param(
        _edited('"cut"', '"cut"\nsites = [1]'),
        "rule 'site.promo' has 1 among its 'sites', which is no text. Put it in \"quotes\".",
        id="site is a number",
    ),
    pytest.param(
        _edited('"cut"', '"cut"\nsites = []'),
        "rule 'site.promo' is for no site. Name one as articles.site has it, or leave sites out for all.",
        id="no site",
    ),
    pytest.param(
        _edited('"cut"', '"cut"\nsites = ["www.ledger.example"]'),
        (
            "rule 'site.promo' has the site 'www.ledger.example'. "
            "Write it as articles.site has it: sites = ['ledger.example']."
        ),
        id="site with www",
    ),
    pytest.param(
        _edited('"cut"', '"cut"\nsites = ["https://ledger.example/"]'),
        (
            "rule 'site.promo' has the site 'https://ledger.example/'. "
            "Write it as articles.site has it: sites = ['ledger.example']."
        ),
        id="site is an address",
    ),
    pytest.param(
        _edited("site.promo", "site promo"),
        (
            "rule 'site promo' has an id that cannot be. "
            "Use letters, digits, '-', '_' and dots between, as in own.letter; what begins with layout, "
            "memory, model, title is taken."
        ),
        id="id with a space",
    ),
    pytest.param(
        _edited("site.promo", "layout.promo"),
        (
            "rule 'layout.promo' has an id that cannot be. "
            "Use letters, digits, '-', '_' and dots between, as in own.letter; what begins with layout, "
            "memory, model, title is taken."
        ),
        id="id of our own logic",
    ),
    pytest.param(
        _edited('"ad"', '"My ad"'),
        (
            "rule 'site.promo' has kind = 'My ad'. Use small letters and '_', as in newsletter; blank, repeat, "
            "title, title_repeat are taken."
        ),
        id="kind with a space",
    ),
    pytest.param(
        _edited('"ad"', '"blank"'),
        (
            "rule 'site.promo' has kind = 'blank'. Use small letters and '_', as in newsletter; blank, repeat, "
            "title, title_repeat are taken."
        ),
        id="kind of our own logic",
    ),
    pytest.param(
        _edited('"anywhere"', '"middle"'),
        "rule 'site.promo' has where = 'middle'. Use one of: head, tail, edge, late, apart, anywhere.",
        id="bad place",
    ),
    pytest.param(
        _edited('"cut"', '"credit"'),
        "rule 'site.promo' has action = 'credit'. Use one of: ACTIONS.",
        id="bad action",
    ),
    pytest.param(
        _edited('"cut"', '"move"'),
        "rule 'site.promo' moves lines to no column. Add field = one of: FIELDS.",
        id="move without field",
    ),
    pytest.param(
        _edited('"cut"', '"cut"\nfield = "agency"'),
        "rule 'site.promo' has a field but does not move. Use action = 'move', or leave field out.",
        id="field without move",
    ),
    pytest.param(
        _edited('"cut"', '"move"\nfield = "colour"'),
        "rule 'site.promo' has field = 'colour'. Use one of: FIELDS.",
        id="bad field",
    ),
    pytest.param(
        LETTER + "starts = 'Our'\naction = 'trim'\ncatches = ['Our']\nspares = ['Your']",
        "rule 'own.letter' trims by 'starts', which takes whole lines. Use text or match.",
        id="trim by its start",
    ),
    pytest.param(
        _edited(MATCH, "'(a'"),
        (
            "rule 'site.promo' has a pattern that RE2 refuses: missing ): (a. "
            "Correct it; text = '…' takes a line as it is written, without a pattern."
        ),
        id="bad pattern",
    ),
    pytest.param(
        _edited(MATCH, "'(?=a)b'"),
        (
            "rule 'site.promo' has a pattern that RE2 refuses: invalid perl operator: (?=. "
            "It has no look-around. Say what the line may be, or spare lines by a rule with action = 'keep'."
        ),
        id="lookahead",
    ),
    pytest.param(
        _edited(MATCH, "'(?<!a)b'"),
        (
            "rule 'site.promo' has a pattern that RE2 refuses: invalid perl operator: (?<!. "
            "It has no look-around. Say what the line may be, or spare lines by a rule with action = 'keep'."
        ),
        id="lookbehind",
    ),
    pytest.param(
        _edited(MATCH, "'(a)\\1'"),
        (
            "rule 'site.promo' has a pattern that RE2 refuses: invalid escape sequence: \\1. "
            "It has no back-references. Write out what may repeat."
        ),
        id="back-reference",
    ),
    pytest.param(
        _edited(MATCH, "'(?P<credits>a)(?P=credits)'"),
        (
            "rule 'site.promo' has a pattern that RE2 refuses: invalid perl operator: (?P. "
            "It has no back-references. Write out what may repeat."
        ),
        id="named back-reference",
    ),
    pytest.param(
        _edited(MATCH, "'(a?)*'"),
        "rule 'site.promo' matches an empty line. Make some part of the pattern required.",
        id="empty line",
    ),
    pytest.param(_edited(MATCH, "'.+'"), "rule 'site.promo' matches any line at all. Narrow match.", id="any line"),
    pytest.param(
        _edited(MATCH, "'Try our'"),
        (
            "rule 'site.promo' has 'T' in its pattern, which no case-folded line contains. "
            "Write lower case, ss for ß, straight quotes and hyphens, or set cased = true."
        ),
        id="capitals",
    ),
    pytest.param(
        _edited(MATCH, "'try (?P<edition>our) crossword'"),
        "rule 'site.promo' names a group 'edition', which is no column. Use one of: FIELDS, lead.",
        id="group that is no column",
    ),
    pytest.param(
        _edited(MATCH, "['a b', 1]"),
        (
            "rule 'site.promo' has a 'match' that is no text: ['a b', 1]. "
            "Give a text in 'single quotes', or a list of them."
        ),
        id="match in a list is a number",
    ),
    pytest.param(
        _edited(MATCH, "[]"),
        "rule 'site.promo' has a 'match' that is no text: []. Give a text in 'single quotes', or a list of them.",
        id="no match",
    ),
    pytest.param(
        LETTER + "text = {a = 1}",
        (
            "rule 'own.letter' has a 'text' of the wrong type: {'a': 1}. "
            "Write a text in 'single quotes', or a list of them."
        ),
        id="text is a table",
    ),
    pytest.param(
        LETTER + "text = ['Our letter', 1]",
        (
            "rule 'own.letter' has a 'text' that is no text: ['Our letter', 1]. "
            "Give a text in 'single quotes', or a list of them."
        ),
        id="text in a list is a number",
    ),
    pytest.param(
        LETTER + 'text = "Our\\nletter"',
        "rule 'own.letter' has a text of several lines: 'Our\\nletter'. Give them one by one: ['first', 'second'].",
        id="text of two lines",
    ),
    pytest.param(
        LETTER + "text = '***'",
        "rule 'own.letter' has a text without a word: '***'. Ornaments go by themselves; write words.",
        id="text without words",
    ),
    pytest.param(
        _edited('"Try our crossword"', '"Our crossword"'),
        "rule 'site.promo' does not match a line it catches: 'Our crossword'. Widen the rule.",
        id="catch missed",
    ),
    pytest.param(
        _edited(MATCH, "'try our.*'\nmax_chars = 16"),
        (
            "rule 'site.promo' does not match a line it catches: 'Try our crossword'. "
            "It is longer than max_chars = 16. Set max_chars = 17."
        ),
        id="catch longer than it may be",
    ),
    pytest.param(
        LETTER
        + "starts = 'Our letter'\nprose = false\ncatches = ['Our letter comes on Mondays.']\nspares = ['Our']",
        (
            "rule 'own.letter' does not match a line it catches: 'Our letter comes on Mondays.'. "
            "It reads as a sentence. Leave prose = false out."
        ),
        id="sentence among catches",
    ),
    pytest.param(
        LETTER + "text = 'Our letter'\ncatches = ['Your letter']",
        "rule 'own.letter' does not match a line it catches: 'Your letter'. Widen the rule.",
        id="text and other catches",
    ),
    pytest.param(
        _edited(MATCH, "'try our crossword.*'"),
        "rule 'site.promo' spares a line it also matches: 'Try our crossword champion'. Narrow the rule.",
        id="near miss taken",
    ),
    pytest.param(
        LETTER + "text = 'Our letter'\nspares = ['OUR LETTER »']",
        "rule 'own.letter' spares a line it also matches: 'OUR LETTER »'. Narrow the rule.",
        id="near miss taken in another dress",
    ),
    pytest.param(
        _edited(MATCH, "'try our crossword|what happened .*'"),
        "rule 'site.promo' takes a line of a story: 'What happened in the night'. Narrow the rule.",
        id="line of a story taken",
    ),
    pytest.param(
        LETTER + "text = 'DAY THREE'",
        "rule 'own.letter' takes a line of a story: 'Day three'. Narrow the rule.",
        id="text is a line of a story",
    ),
    pytest.param(GOOD + GOOD, "rule 'site.promo' is also in FILE. Give it an id of its own.", id="id used twice"),
    pytest.param(
        _edited("site.promo", "ads.label-en"),
        "rule 'ads.label-en' is also in PACKAGED/ads.toml. Give it an id of its own.",
        id="id of a packaged rule",
    ),
]


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_a_broken_rule_file_is_refused_with_file_rule_reason_and_remedy(
    content: str | bytes, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RuleError) as caught:
        rule_files.load(tmp_path)
    stands = {"FILE": file, "PACKAGED": PACKAGED_FOLDER, "FIELDS": ", ".join(FIELDS), "ACTIONS": ", ".join(ACTIONS)}
    for name, value in stands.items():
        message = message.replace(name, str(value))
    assert str(caught.value) == f"{file}: {message}"


def test_a_word_that_no_table_defines_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[words]\nour = 'our'\n" + _edited(MATCH, "'{brand} x'"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"uses \{brand\}, which no \[words\] table defines\. Known: .*, our, .*\."):
        rule_files.load(tmp_path)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").mkdir()
    with pytest.raises(RuleError) as caught:
        rule_files.load(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'mine.toml'}: is no file. Only files with rules may be named .toml here; move it away."
    )


def test_a_pattern_that_is_too_large_is_refused(tmp_path: Path) -> None:
    large = _edited(MATCH, r"'try our crossword|(?:\pL{0,30}\pN{0,30}){1,30}z'")
    (tmp_path / "mine.toml").write_text(large, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        rule_files.load(tmp_path)
    reason, remedy = str(caught.value).split(" steps of; ")
    assert reason.rstrip("0123456789,") == (
        f"{tmp_path / 'mine.toml'}: rule 'site.promo' has a pattern that RE2 makes "
    )
    assert remedy == "250,000 are allowed. Use smaller counts in {…}, or divide it."


def test_more_patterns_than_re2_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_checks, "_MAX_MEM", 8 << 20)  # with all of it, this takes seconds
    rules = "".join(
        f"[[rule]]\nid = 'own.r{n}'\nmatch = 'x.{{0,{n}00}}x'\ncatches = ['xx']\nspares = ['x']\n"
        for n in range(1, 10)
    )
    (tmp_path / "mine.toml").write_text(rules, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        rule_files.load(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'mine.toml'}: rule 'own.r9' is the largest of more than RE2 can hold. "
        "Use smaller counts in {…} there, or fewer rules."
    )


def test_ten_thousand_rules_load(tmp_path: Path) -> None:
    rules = "".join(f'[[rule]]\nid = "own.r{n}"\ntext = "Letter number {n}"\n' for n in range(10_000))
    (tmp_path / "mine.toml").write_text(rules, encoding="utf-8")
    loaded = rule_files.load(tmp_path)
    assert [rule.id for rule in loaded.matches("LETTER NUMBER 9876")] == ["own.r9876"]


def test_a_text_takes_its_line_in_any_dress_and_no_other(tmp_path: Path) -> None:
    mine = LETTER + """text = ["Don’t miss – our “letter” (Straße)…", "Ads*?"]"""
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + mine.encode())  # as editors on Windows save it
    loaded = rule_files.load(tmp_path)
    seen = [
        "Don’t miss – our “letter” (Straße)…", "  • DON'T MISS - OUR \"LETTER\" (STRASSE) »", "ads*?",
        "Don’t miss – our “letter” (Straße) today", "adssss?", "Do not miss our letter",
    ]  # fmt: skip
    taken = ["own.letter" in [rule.id for rule in loaded.matches(line)] for line in seen]
    assert taken == [True, True, True, False, False, False]


def _folded(text: str) -> str:
    return lines.folded(lines.plain(lines.shown(text)))


@given(st.text().filter(lambda text: "\n" not in text and _folded(text)))
def test_any_line_can_be_taken_by_its_text(text: str) -> None:
    row = {"text": text, "action": "cut"}
    pattern = rule_files._literal(text, row, Failure("mine.toml", "own.letter"))
    rule = replace(PACKAGED.ordered[0], action="cut", patterns=(pattern,), max_chars=10_000, takes_prose=True)
    assert Rules([rule]).matches(text) == (rule,)
    assert Rules([rule]).matches(f"{text} again") == ()


def test_a_start_takes_the_lines_that_begin_so_but_no_sentence(tmp_path: Path) -> None:
    mine = LETTER + 'starts = "Tags: "\ncatches = ["Tags: dam, flood"]\nspares = ["Tagsüber"]'
    (tmp_path / "mine.toml").write_text(mine, encoding="utf-8")
    loaded = rule_files.load(tmp_path)
    seen = ["TAGS: dam", "► Tags: a", "Tagsüber regnet es", "Tags: they show that the whales crossed the bay."]
    taken = ["own.letter" in [rule.id for rule in loaded.matches(line)] for line in seen]
    assert taken == [True, True, False, False]


def test_a_rule_of_one_line_says_what_it_leaves_out(tmp_path: Path) -> None:
    sentence = "Our letter comes to you every Monday at eight."
    (tmp_path / "mine.toml").write_text(LETTER + f'text = "{sentence}"', encoding="utf-8")
    (rule,) = [rule for rule in rule_files.load(tmp_path).ordered if rule.id == "own.letter"]
    assert rule == Rule(
        id="own.letter", kind="leftover", lang="any", where="anywhere", action="cut", field=None,
        patterns=(r"our\ letter\ comes\ to\ you\ every\ monday\ at\ eight\.",), max_chars=160, catches=(sentence,),
        spares=(), source=str(tmp_path / "mine.toml"), takes_prose=True,
    )  # fmt: skip


def test_a_text_may_be_trimmed_off_a_line(tmp_path: Path) -> None:
    mine = LETTER + 'text = " (Read on »)"\naction = "trim"\ncatches = ["Rain (read on »)"]'
    (tmp_path / "mine.toml").write_text(mine, encoding="utf-8")
    text = "A title for the page\nThe dam burst at noon and the valley was flooded. (Read on »)"
    assert judge(text, None, rule_files.load(tmp_path)).body == "The dam burst at noon and the valley was flooded."


def test_story_lines_are_of_many_languages_and_none_is_taken() -> None:
    golden = rule_files.golden()
    scripts = ("Die ", "Le ", "El ", "Il ", "De ", "ą", "П", "ї", "ğ", "フ", "，", "은", "ا")
    assert len(golden) == len(set(golden)) >= 148
    assert [script for script in scripts if not any(script in line for line in golden)] == []
    taken = {line: [rule.id for rule in PACKAGED.matches(line) if not rule.min_leads] for line in golden}
    assert {line: ids for line, ids in taken.items() if ids} == {}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such folder of rules"):
        rule_files.load(tmp_path / "absent")


def test_a_single_file_is_a_place_for_rules_if_its_name_says_so(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert rule_files.load(file).digest == rule_files.load(tmp_path).digest
    wrong = file.rename(tmp_path / "mine.txt")
    with pytest.raises(RuleError) as caught:
        rule_files.load(wrong)
    assert str(caught.value) == f"{wrong}: is no rule file by its name. Have it end in .toml, or it is not found."
