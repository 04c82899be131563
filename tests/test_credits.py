"""What a text tells about itself reaches its columns, each value with the line it was read off."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import rule_files
from transforms.agencies import listed
from transforms.credits import agencies, names
from transforms.errors import RuleError
from transforms.judge import judge
from transforms.normalize import normalize
from transforms.rebuild import rebuild
from transforms.schemas import EXTRACTS
from transforms.strip import strip

RULES = rule_files.load()
HEAD = "Bridge over the river divides the town"
STORY = (
    "The council of Lunow met on Tuesday to speak about the new bridge over the river.",
    "Nobody had asked the ferrymen, who came in their boats and waited until dusk.",
)
MORE = " und der Damm hält heute noch sehr gut, sagte der Bote am Ufer des Flusses."


def told(*lines: str) -> dict[str, str]:
    """Give the columns that a text fills beside title and site."""
    return judge("\n".join((HEAD, *lines)), None, RULES).fields


def made(text: str, **given: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Give the article and its cuts, stripped and normalised."""
    page = {"page_id": "p", "edition": dt.date(2026, 3, 2), "source": "in.txt", "text": text, **given}
    stripped = strip(pa.Table.from_pylist([dict.fromkeys(EXTRACTS.names) | page], EXTRACTS), RULES)
    done = normalize(stripped.articles, stripped.cuts)
    return done.articles.to_pylist()[0], done.cuts.to_pylist()


def sources(cuts: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Give what the cuts say of columns."""
    return [
        (cut["line_no"], cut["action"], cut["field"], cut["value"], cut["rule_id"]) for cut in cuts if cut["field"]
    ]


@pytest.mark.parametrize(
    ("opening", "place", "agency"),
    [
        ("GENEVA, Jan 21 (Reuters) - The", "GENEVA", "Reuters"),
        ("KYIV, Ukraine (AP) — The", "KYIV, Ukraine", "AP"),
        ("LUNOW, N.Y. — The", "LUNOW, N.Y.", None),
        ("NEW LUNOW, Jan. 21, 2022 /PRNewswire/ -- The", "NEW LUNOW", "PR Newswire"),
        ("Lunow, 21 January 2022 – The", "Lunow", None),
        ("(Reuters) — The", None, "Reuters"),
        ("New Delhi, Jan 21 (PTI) The", "New Delhi", "PTI"),
        ("Halle (Saale) (dpa/sa) - Der", "Halle (Saale)", "dpa"),
        ("Wien (APA) – Der", "Wien", "APA"),
        ("PARIS, 3 mars (AFP) – Le", "PARIS", "AFP"),
        ("Madrid, 21 ene (EFE).- La", "Madrid", "EFE"),
        ("(ANSA) - ROMA, 21 GEN - La", "ROMA", "ANSA"),
        ("Lisboa, 21 jan 2022 (Lusa) – A", "Lisboa", "Lusa"),
        ("AMSTERDAM (ANP) - De", "AMSTERDAM", "ANP"),
        ("Warszawa (PAP) - Most", "Warszawa", "PAP"),
        ("PRAHA 21. ledna (ČTK) - Most", "PRAHA", "ČTK"),
        ("Budapest, 2022. január 21., péntek (MTI) - A", "Budapest", "MTI"),
        ("МОСКВА, 21 января. /ТАСС/. Мост", "МОСКВА", "TASS"),
        ("МОСКВА, 21 янв — РИА Новости. Мост", "МОСКВА", "RIA Novosti"),
        ("КИЇВ. 21 січня. УНН. Міст", "КИЇВ", "UNN"),
        ("ANKARA (AA) - Köprü", "ANKARA", "Anadolu"),
        ("Stockholm (TT) - Bron", "Stockholm", "TT"),
        ("Oslo (NTB): Broen", "Oslo", "NTB"),
        ("København /ritzau/ - Broen", "København", "Ritzau"),
        ("東京(共同) ダム", "東京", "Kyodo"),
        ("[ソウル 21日 ロイター] - ダム", "ソウル", "Reuters"),
        ("【新华社北京1月21日电】 水库", "北京", "Xinhua"),
        ("[부산=뉴시스] 댐", "부산", "Newsis"),
        ("جنيف 21 يناير (رويترز) - اجتمع", "جنيف", "Reuters"),
        ("NATO – The alliance", None, None),
        ("Mit dem Bau (AP) - der", None, None),
        ("Police said on Friday (Jan 21) - that", None, None),
        ("On Monday, May 3 – the day of the vote –", None, None),
        ("UPDATE — The", None, None),
        ("Angela Muster (CDU) - Die", None, None),
        ("Der Bote, dpa – so", None, None),
        ("Die Deutsche Presse-Agentur (dpa) meldet", None, None),
        ("U.S. President — The", None, None),
    ],
)
def test_a_dateline_is_read_and_stays(opening: str, place: str | None, agency: str | None) -> None:
    result = judge("\n".join((HEAD, opening + MORE, *STORY)), None, RULES)
    expected = {"agency": agency, "dateline": place}
    assert result.fields == {name: value for name, value in expected.items() if value}
    assert result.body == "\n".join((opening + MORE, *STORY))


def test_only_the_beginning_of_the_story_is_read_for_a_dateline() -> None:
    assert (
        told(STORY[0], "GENEVA (Reuters) - The ministers met for nine hours and went home at noon.", STORY[1]) == {}
    )


@pytest.mark.parametrize(
    ("ending", "fields"),
    [
        (" (dpa)", {"agency": "dpa"}),
        (" (AFP/Reuters)", {"agency": "AFP, Reuters"}),
        (" (dpa/cw)", {"agency": "dpa", "signoff": "cw"}),
        (" (APA, red, 21.1.2022)", {"agency": "APA"}),
        (" EFE", {"agency": "EFE"}),
        (" /ritzau/", {"agency": "Ritzau"}),
        (" (kas)", {"signoff": "kas"}),
        (" (see map)", {}),
        (" (sic)", {}),
        (" (SPD)", {}),
    ],
)
def test_what_is_glued_to_the_last_paragraph_is_read_and_stays(ending: str, fields: dict[str, str]) -> None:
    result = judge("\n".join((HEAD, STORY[0], STORY[1] + ending)), None, RULES)
    assert (result.fields, result.body) == (fields, "\n".join((STORY[0], STORY[1] + ending)))


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("mfp/rzr (Reuters, dpa)", {"signoff": "mfp/rzr", "agency": "Reuters, dpa"}),
        ("kle/as (dpa, afp, rtr)", {"signoff": "kle/as", "agency": "dpa, AFP, Reuters"}),
        ("sdg/tlf", {"signoff": "sdg/tlf"}),
        ("burs-sg/kjm", {"signoff": "burs-sg/kjm"}),
        ("sdg/tlf (siehe Grafik)", {"signoff": "sdg/tlf"}),
        ("kap/dpa", {"signoff": "kap", "agency": "dpa"}),
        ("EFE abc/def", {"signoff": "abc/def", "agency": "EFE"}),
        ("mmi/ akl/", {"signoff": "mmi/ akl"}),
        ("(Quelle: APA/sda/dpa)", {"agency": "APA, Keystone-SDA, dpa"}),
        ("– mit Material von dpa und AFP", {"agency": "dpa, AFP"}),
        ("— With files from The Canadian Press", {"agency": "Canadian Press"}),
        ("Avec AFP et Reuters", {"agency": "AFP, Reuters"}),
        ("Com informações da Agência Brasil", {"agency": "Agência Brasil"}),
        ("Źródło: PAP", {"agency": "PAP"}),
        ("Källa: TT", {"agency": "TT"}),
        ("Kilde: Ritzau", {"agency": "Ritzau"}),
        ("Kaynak: AA", {"agency": "Anadolu"}),
        ("Джерело: Укрінформ", {"agency": "Ukrinform"}),
        ("（ロイター）", {"agency": "Reuters"}),
        ("(综合路透社、法新社报道)", {"agency": "Reuters, AFP"}),
        ("출처: 연합뉴스", {"agency": "Yonhap"}),
        ("المصدر: رويترز", {"agency": "Reuters"}),
        ("© dpa-infocom, dpa:220121-99-1/2", {"agency": "dpa"}),
        ("Copyright 2022 The Associated Press. All rights reserved.", {"agency": "AP"}),
        ("The Associated Press contributed to this report.", {"agency": "AP"}),
        ("Associated Press writers Ana Ruiz in Lunow and Jo Berg contributed.", {}),
        ("AP Sports Writer Kim Lee contributed to this report.", {"credits": "Kim Lee"}),
        (
            "(Reporting by Ana Ruiz in Kyiv, Writing by Kim Lee; Editing by Max Roe)",
            {"credits": "Ana Ruiz; Kim Lee; Max Roe"},
        ),
        ("Reporting by Ana Ruiz in Lunow; Editing by Jo Berg", {"credits": "Ana Ruiz; Jo Berg"}),
        ("Reporting by Ana Ruiz. Writing by Jo Berg.", {"credits": "Ana Ruiz; Jo Berg"}),
        ("(Bericht von Ana Ruiz, redigiert von Jo Berg)", {"credits": "Ana Ruiz"}),
        ("(Reporte de Ana Ruiz; Editado en español por Jo Berg)", {"credits": "Ana Ruiz"}),
        ("By ANA RUIZ, Associated Press", {"author": "ANA RUIZ", "agency": "AP"}),
        ("Par Ana Ruiz avec AFP", {"author": "Ana Ruiz", "agency": "AFP"}),
        ("Z Lunowa Ana Ruiz (PAP)", {"author": "Ana Ruiz", "agency": "PAP"}),
        ("(Source: Lowland Press)", {"republished_from": "Lowland Press"}),
        ("Source: police report", {}),
        ("Originally published at Lowland Press on January 21, 2022", {"republished_from": "Lowland Press"}),
        ("Het bericht Brug verscheen eerst op De Toren.", {"republished_from": "De Toren"}),
        ("引用元：河日新聞", {"republished_from": "河日新聞"}),
        ("Most o świcie. Fot. Ana Ruiz", {"captions": "Most o świcie. Fot. Ana Ruiz"}),
        ("새벽의 다리. 사진=연합뉴스", {"captions": "새벽의 다리. 사진=연합뉴스"}),
        ("(Adds quotes, background)", {"is_updated": "true"}),
        ("Noticia en desarrollo", {"is_updated": "true"}),
        ("Updated: 2 March 2026, 14:05", {"is_updated": "true"}),
        ("Zuletzt aktualisiert am 2. März 2026", {"is_updated": "true"}),
        ("Published 2 March 2026, 10:00 | Updated 3 March 2026", {"is_updated": "true"}),
        ("Published: 2 March 2026, 14:05", {}),
        ("MENA", {}),
        ("Bericht von der Baustelle, die niemand kennt.", {}),
    ],
)
def test_a_line_at_the_end_tells_what_it_says_and_no_more(line: str, fields: dict[str, str]) -> None:
    assert told(*STORY, line) == fields


def test_each_value_has_the_row_it_came_from() -> None:
    lines = (f"{HEAD} – Vale Wire – Harbor Ledger", f"LUNOW (AP) — {STORY[0]}", STORY[1], "ab/cd (AFP, AP)")
    article, cuts = made("\n".join(lines))
    assert (article["agency"], article["dateline"], article["signoff"]) == ("AP, AFP", "LUNOW", "ab/cd")
    assert (article["title"], article["site"], article["republished_from"]) == (HEAD, "Harbor Ledger", "Vale Wire")
    assert sources(cuts) == [
        (1, "move", "title", HEAD, "title.line"),
        (1, "read", "site", "Harbor Ledger", "title.suffix"),
        (1, "read", "republished_from", "Vale Wire", "title.suffix"),
        (2, "read", "agency", "AP", "datelines.agency"),
        (2, "read", "dateline", "LUNOW", "datelines.agency"),
        (4, "move", "signoff", "ab/cd", "credits.signoff"),
        (4, "read", "agency", "AFP, AP", "credits.signoff"),
    ]
    assert rebuild(article["body"], cuts) == "\n".join(lines)


def test_a_given_title_that_loses_its_suffix_is_kept_whole_as_line_0() -> None:
    title = f"{HEAD} | Harbor Ledger"
    article, cuts = made("\n".join(STORY), title=title)
    assert (article["title"], article["site"], rebuild(article["body"], cuts)) == (
        HEAD,
        "Harbor Ledger",
        "\n".join(STORY),
    )
    assert [(cut["text"], cut["kind"]) for cut in cuts] == [(title, "title")] * 2
    assert sources(cuts) == [
        (0, "trim", "title", HEAD, "title.suffix"),
        (0, "read", "site", "Harbor Ledger", "title.suffix"),
    ]


def test_a_line_that_is_read_and_repaired_has_both_rows() -> None:
    first = f"LUNOW  (AP) — {STORY[0]}"
    article, cuts = made("\n".join((HEAD, first, STORY[1])))
    assert article["body"].startswith("LUNOW (AP) — ")
    assert [(cut["line_no"], cut["action"], cut["text"]) for cut in cuts if cut["line_no"] == 2] == [
        (2, "read", first),
        (2, "read", first),
        (2, "repair", first),
    ]
    assert rebuild(article["body"], cuts) == "\n".join((HEAD, first, STORY[1]))


def test_a_line_that_names_the_source_is_believed_before_the_title() -> None:
    article, _ = made("\n".join((f"{HEAD} – Vale Wire – Harbor Ledger", *STORY, "Source: Lowland Press")))
    assert article["republished_from"] == "Lowland Press"


def test_a_page_that_names_its_authors_reads_no_other() -> None:
    text = "\n".join((HEAD, f"(서울=연합뉴스) 김하늘 기자 = {STORY[0]}", STORY[1]))
    assert [made(text, author=author)[0]["author"] for author in (None, "Ana Ruiz")] == ["김하늘", "Ana Ruiz"]


@pytest.mark.parametrize(
    "line",
    [
        "Thursday, March 4, 2021",
        "Published: 12 May 2020, 10:42",
        "Обновлено: 5 мая 2020, 12:30",
        "Updated on March 2, 2026",
        "LUNOW, Jan. 21 - " + STORY[0],
    ],
)
def test_a_date_in_the_text_is_never_the_date_of_publication(line: str) -> None:
    for where in ((HEAD, line, *STORY), (HEAD, *STORY, line)):
        article, _ = made("\n".join(where))
        assert (article["published_at"], article["published_at_source"], article["published_raw"]) == (
            None,
            None,
            None,
        )


def test_names_lose_their_places_posts_and_verbs() -> None:
    value = "Ana Ruiz in Madrid and Jo Berg, AP writer Kim Lee; editing by Max Roe"
    assert names(value) == "Ana Ruiz; Jo Berg; Kim Lee; Max Roe"


def test_agencies_get_the_name_that_the_files_list() -> None:
    assert (
        agencies("the Associated Press, 新华社 und Talfunk – ТАСС", RULES.agencies) == "AP, Xinhua, Talfunk, TASS"
    )


def test_a_file_of_ones_own_may_name_agencies() -> None:
    own = listed([("own.toml", {"agencies": {"Vale Wire": ["VW"]}, "ambiguous_agencies": {"Vale Wire": ["Vale"]}})])
    assert (own.name("vw"), own.words) == (
        "Vale Wire",
        {"agency": "(?:vale\\ wire|vw)", "agency_short": "(?:Vale|Vale\\ Wire)"},
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"agencies": {"AP": "Associated Press"}}, r"own.toml: \[agencies\] is not a table of names. Write"),
        ({"agencies": {"AP": [""]}}, r"own.toml: \[agencies\] is not a table of names. Write"),
        ({"agencies": {"AP": ["Wire"], "AFP": ["wire"]}}, r"'wire' is 'AFP' here and 'AP' in own.toml. Keep one"),
    ],
)
def test_a_wrong_list_of_agencies_is_refused_with_the_remedy(content: dict[str, Any], reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        listed([("own.toml", content)])


def test_a_name_of_two_agencies_is_refused_with_both_files() -> None:
    files = [
        ("first.toml", {"agencies": {"AP": ["Wire"]}}),
        ("other.toml", {"agencies": {"AP": ["Associated Press"]}}),
        ("own.toml", {"ambiguous_agencies": {"AFP": ["wire"]}}),
    ]
    with pytest.raises(RuleError) as caught:
        listed(files)
    assert str(caught.value).startswith(
        "own.toml: [ambiguous_agencies] 'wire' is 'AFP' here and 'AP' in first.toml. Keep one."
    )


LINES = st.sampled_from([
    HEAD, *STORY, "", " ", f"LUNOW (AP) — {STORY[0]}", f"{STORY[1]} (dpa/cw)", "ab/cd (AFP, AP)", "Just updated",
    "Source: Lowland Press", "By Ana Ruiz, AP", "Photo: Ana Ruiz", f"{HEAD} – Vale Wire – Harbor Ledger", "Share",
    "LUNOW\u00a0 (AP) — The ministers met for nine hours\u200b and went home at noon.",
])  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(LINES, max_size=9), st.sampled_from([None, HEAD, f"{HEAD} | Harbor Ledger"]))
def test_every_value_of_a_column_is_in_its_rows_and_the_text_is_rebuilt(
    lines: list[str], title: str | None
) -> None:
    text = "\n".join((*STORY, *lines))
    article, cuts = made(text, title=title)
    rows = [cut for cut in cuts if cut["value"] is not None]
    for field in (
        "agency",
        "dateline",
        "signoff",
        "captions",
        "credits",
        "author",
        "republished_from",
        "title",
        "site",
    ):
        values = [cut["value"] for cut in rows if cut["field"] == field]
        wanted = article[field] or ""
        assert (set(values) == set()) == (not wanted) or (field == "title" and title)
        assert all(part in wanted for value in values for part in value.split(", "))
    assert article["is_updated"] == any(cut["field"] == "is_updated" for cut in rows)
    keys = [(cut["line_no"], cut["field"]) for cut in cuts]
    assert (len(set(keys)), rebuild(article["body"], cuts)) == (len(keys), text)
