"""Kinds of texts that the fold must tell apart, and their neighbours that it must not."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from transforms.fingerprint import fingerprint
from transforms.fold import fold
from transforms.strip import STUB_WORDS

DAM = (
    "Engineers began draining the reservoir above the village of Harlow Bridge on Tuesday after divers found "
    "a crack in the lower wall of the dam. Around four hundred people who live along the river were asked to "
    "leave their homes overnight, and the council opened the sports hall and two schools to them. Nobody has "
    "been hurt so far."
)
DAM_MORE = (
    "The water company said the crack was longer than a bus and had probably been there since the cold spell "
    "in February. It will take nine days to lower the water to a level at which the wall can be filled, and a "
    "month or more until the lake is back to where it was. Boats and fishing are forbidden until then."
)
DAM_LATER = (
    "Residents told reporters that they had complained about damp gardens for years. Ruth Calder, who runs "
    "the bakery beside the old mill, said she had carried her oven trays up to the first floor twice this "
    "spring. A spokesman for the company said that every complaint had been looked into and that none of them "
    "pointed to the wall."
)
FERRY = (
    "The last car ferry between the mainland and the island of Skarvoy will be sold in the autumn, its owner "
    "announced. The new tunnel has taken nine in ten of its passengers within a year. The crew of thirty will "
    "move to the line further north, where a second ship is wanted, and only the cook has decided to retire."
)
OWLS = (
    "A pair of eagle owls has nested on the roof of the town library for the third summer in a row. The "
    "librarians closed the reading terrace so that the birds are left in peace and put a camera beside the "
    "chimney. Last year its pictures were watched by more people than borrowed a book, and two of the three "
    "young survived."
)
CHOIR = (
    "After eighty years the miners' choir of Ostrau sings for the last time on Sunday. Eleven men are left, "
    "the youngest of them sixty-eight. They will close with the song that their founders brought home from "
    "the war, and the sheets, the flag and the bent baton of the first conductor go to the museum of the "
    "colliery."
)
BREAD = (
    "Bakers in the valley have agreed to bring back the rye loaf that their grandfathers baked with "
    "chestnuts. The recipe was thought to be lost until a pupil found it in a school exercise book from 1931. "
    "The first hundred loaves were gone within an hour, although they cost twice as much as the bread from "
    "the supermarket."
)
FOOTER = (
    "You have read one of your five free articles this month. Subscribe now and support independent reporting "
    "from your region with less than the price of a coffee a week. Our newsletter brings you the most "
    "important news every morning at six, free of charge and without advertising. Write to the editors if you "
    "have found a mistake or want to tell us about something that we should look into. All rights reserved; "
    "no part of these pages may be copied."
)
BAHN = (
    "Die Regionalbahn zwischen Altenfurt und Neudorf fährt von Montag an wieder, nachdem ein Hang am Tunnel "
    "drei Wochen lang gesichert werden musste. Der Betreiber entschuldigte sich bei den Pendlern und kündigte "
    "an, die Monatskarten zu einem Viertel zu erstatten. Die Busse bleiben noch bis zum Ende der Ferien im "
    "Einsatz."
)
SCHWIMMBAD = (
    "Der Gemeinderat hat mit knapper Mehrheit beschlossen, das Freibad am Mühlbach nicht zu verkaufen. Ein "
    "Verein aus hundert Bürgern will es künftig selbst betreiben und das Dach der Umkleiden erneuern. Im "
    "Sommer kamen trotz des Regens zwölftausend Gäste, so viele wie seit der Eröffnung nicht mehr."
)
FUSS = (
    "Diesen Artikel können Sie kostenlos lesen. Wenn Ihnen unsere Arbeit gefällt, freuen wir uns über ein "
    "Abonnement ab zwei Euro in der Woche, das Sie jederzeit kündigen können. Unser Newsletter erscheint "
    "jeden Morgen um sechs Uhr mit den wichtigsten Nachrichten aus der Region. Haben Sie einen Fehler "
    "gefunden oder einen Hinweis für uns, so schreiben Sie der Redaktion. Alle Rechte vorbehalten, ein "
    "Nachdruck ist nur mit Erlaubnis gestattet."
)
REST = f"{FERRY} {OWLS} {CHOIR} {DAM} {DAM_MORE} {DAM_LATER}"


def told(bodies: list[str], titles: list[str] | None = None) -> list[list[int]]:
    """Give the stories of some texts, each as their numbers."""
    size = len(bodies)
    articles = {
        "article_id": pa.array([f"{at:02}" for at in range(size)], pa.string()),
        "edition": pa.array([dt.date(2024, 3, 1)] * size, pa.date32()),
        "site": pa.nulls(size, pa.string()),
        "canonical_url": pa.nulls(size, pa.string()),
        "title": pa.array(titles, pa.string()) if titles else pa.nulls(size, pa.string()),
        "body": pa.array(bodies, pa.large_string()),
        "is_stub": pa.array([len(body.split()) < STUB_WORDS for body in bodies], pa.bool_()),
        "is_overcut": pa.array([False] * size),
    }
    rows = fold(fingerprint(pa.table(articles))).members.to_pylist()
    named: dict[str, list[int]] = {}
    for row in rows:
        named.setdefault(row["story_id"], []).append(int(row["article_id"]))
    return sorted(named.values())


def opening(text: str) -> str:
    """Give the first sentence."""
    return text[: text.index(".") + 1]


def misread(text: str, every: int) -> str:
    """Give the text with every n-th word spoilt, as a scanner does."""
    return " ".join(f"{word[:-1]}ij" if at % every == every - 1 else word for at, word in enumerate(text.split()))


@pytest.mark.parametrize(("one", "other", "footer"), [(DAM, FERRY, FOOTER), (BAHN, SCHWIMMBAD, FUSS)])
def test_what_only_a_footer_ties_stays_apart(one: str, other: str, footer: str) -> None:
    bodies = [f"{one}\n{footer}", f"{other}\n{footer}", f"UPDATE: adds a comment.\n{one}\n{footer}"]
    assert told(bodies) == [[0, 2], [1]]


def horoscope(mood: str, field: str, deed: str, end: str) -> str:
    return (
        f"The moon makes you {mood} today, and {field} takes centre stage before noon. Someone close may test "
        f"your patience, yet the answer lies nearer than you think: {deed} and wait until the evening. Romance "
        f"needs no grand words, a small gesture says more, so {end}. By nightfall the sky clears and the "
        "worries of the week seem small again."
    )


def horoskop(laune: str, feld: str, rat: str, schluss: str) -> str:
    return (
        f"Die Sterne stimmen Sie heute {laune}, und {feld} rückt am Vormittag in den Mittelpunkt. Ein "
        "vertrauter Mensch stellt Ihre Geduld auf die Probe, doch die Antwort liegt näher, als Sie denken: "
        f"{rat} und warten Sie bis zum Abend ab. In der Liebe zählt jetzt die kleine Geste, darum {schluss}. "
        "Am Ende des Tages sind die Sorgen der Woche wieder klein."
    )


def goroskop(dusha: str, delo: str, sovet: str, vecher: str) -> str:
    return (
        f"Звёзды советуют вам сегодня быть {dusha}, а на первый план с утра выходит {delo}. Кто-то из близких "
        f"испытает ваше терпение, но ответ лежит ближе, чем вы думаете: {sovet} и дождитесь вечера. В любви "
        f"важнее не громкие слова, а малый жест, поэтому {vecher}. К ночи заботы недели снова покажутся вам "
        "совсем небольшими."
    )


HOROSCOPES = [
    (
        horoscope("bold", "an old plan", "write that letter", "cook for two"),
        horoscope("oddly quiet", "a debt to a friend", "take the long way home", "leave the phone at home"),
    ),
    (
        horoskop("mutig", "was lange liegen blieb", "schreiben Sie alles auf", "kochen Sie selbst"),
        horoskop("still", "was gestern gesagt wurde", "verzeihen Sie dem anderen", "hören Sie zu"),
    ),
    (
        goroskop("смелее", "старый замысел", "напишите письмо", "приготовьте ужин на двоих"),
        goroskop("чуть осторожнее", "долг перед другом", "пройдитесь пешком", "оставьте телефон дома на столе"),
    ),
]


@pytest.mark.parametrize(("one", "other"), HOROSCOPES)
def test_horoscopes_that_differ_by_phrases_stay_apart_and_misread_ones_do_not(one: str, other: str) -> None:
    assert told([one, other, misread(one, 19)]) == [[0, 2], [1]]


def police_log(entries: list[tuple[str, int, str, str]]) -> str:
    """Give a log; each entry has as many words as those of other days."""
    lines = (f"{kind} in the {block} block of {street}, {what}." for kind, block, street, what in entries)
    return "\n".join(["The following incidents were reported to the police.", *lines])


def test_police_logs_of_two_days_stay_apart_and_a_misread_one_does_not() -> None:
    monday = police_log(
        [
            ("Theft", 300, "Mill", "bicycle gone from yard"),
            ("Vandalism", 120, "Church", "someone broke three windows"),
            ("Noise", 800, "Lake", "neighbours asked for quiet"),
            ("Burglary", 540, "Station", "tools and ladder missing"),
            ("Assault", 210, "Park", "both men sent home"),
            ("Fraud", 610, "Market", "caller claimed her savings"),
            ("Fire", 450, "Abbey", "smoking bin put out"),
            ("Theft", 770, "Quay", "three crates of lemons"),
        ]
    )
    friday = police_log(
        [
            ("Burglary", 900, "Elm", "nobody could be found"),
            ("Arson", 430, "Harbour", "boys lit some straw"),
            ("Vandalism", 650, "Garden", "fountain filled with soap"),
            ("Trespass", 170, "Bridge", "angler lost his hat"),
            ("Quarrel", 260, "Castle", "only owls were calling"),
            ("Theft", 380, "Orchard", "apples eaten by goats"),
            ("Noise", 590, "Chapel", "organ played past midnight"),
            ("Fraud", 720, "School", "tickets sold twice over"),
        ]
    )
    assert told([monday, friday, misread(monday, 11)]) == [[0, 2], [1]]


def test_a_title_cut_short_is_not_another_issue() -> None:
    whole = "Village Cleared As Engineers Drain Cracked Dam Above Harlow Bridge"
    grown = f"The situation developed quickly on Tuesday.\n{DAM}\n{DAM_MORE.replace('probably', 'likely')}"
    first = f"{DAM}\n{DAM_MORE}"
    assert told([first, f"{grown}\n{DAM_LATER}"], [whole[:62], whole]) == [[0, 1]]
    other_day = first.replace("Tuesday", "Friday").replace("February", "March").replace("Harlow", "Wendle")
    assert told([first, other_day], ["Dam watch: Harlow Bridge", "Dam watch: Wendle Bridge"]) == [[0], [1]]


def test_a_first_version_stands_behind_a_lead_line() -> None:
    lead = "Officials confirmed new details late on Tuesday evening, hours after the first reports from the scene."
    assert told([opening(DAM), f"{lead}\n{opening(DAM)}\n{DAM_MORE}"]) == [[0, 1]]


def test_a_lead_line_of_its_own_does_not_part_versions_of_one_title() -> None:
    brief = opening(DAM)
    second = f"The situation developed quickly on Friday as more information became available to us.\n{brief}"
    third = f"{brief}\n{DAM_MORE}\n{DAM_LATER}"
    title = "Engineers drain cracked dam"
    assert told([second, third], [title, title]) == [[0, 1]]
    assert told([second, third], [title, "What the dam at Harlow means for us"]) == [[0], [1]]


def test_further_down_a_page_its_title_tells() -> None:
    report = f"{DAM}\n{DAM_MORE}"
    page = f"{FERRY}\n{opening(OWLS)}\n{report}\n{opening(BREAD)}"
    live = f"{DAM_LATER}\n{report}"
    assert told([report, page], ["Village cleared below cracked dam", "The week in our valley"]) == [[0], [1]]
    title = "Cracked dam: all that we know"
    assert told([report, live], [title, title]) == [[0, 1]]


def test_chance_words_at_the_head_make_no_excerpt() -> None:
    note = f"It was a long night for the valley. {BREAD}"
    page = f"It was a long night for the crew. {REST} {BREAD}"
    assert told([note, page]) == [[0], [1]]
    assert told([note, f"{note} {REST}"]) == [[0, 1]]


def test_a_headline_joins_the_story_with_most_versions_and_never_ties_two() -> None:
    flash = "Here is what you need to know this morning, put together by our newsroom."
    dam = [f"{flash}\n{DAM}\n{DAM_MORE}", f"{flash}\n{DAM}\n{DAM_MORE}\n{DAM_LATER}"]
    assert told([flash, *dam, f"{flash}\n{FERRY}\n{OWLS}"]) == [[0, 1, 2], [3]]


def test_an_edited_brief_keeps_its_headline() -> None:
    edited = DAM.replace("divers found a crack in the lower wall", "a long crack was seen in the wall")
    edited = edited.replace("sports hall and two schools to them", "town hall and a school for the night")
    headline = "Village cleared as engineers drain cracked dam above Harlow Bridge"
    assert told([DAM, edited], [headline, headline]) == [[0, 1]]
    assert told([DAM, edited], ["Notice", "Notice"]) == [[0], [1]]


def test_a_headline_and_the_report_behind_it_meet_by_their_title() -> None:
    title = "Village cleared below cracked dam"
    report = f"UPDATE 2: adds reaction and background.\n{title}\n{DAM}\n{DAM_MORE}\n{DAM_LATER}"
    flash = "Harlow Bridge: village below dam cleared overnight"
    grown = f"UPDATE 2: adds reaction.\n{flash}\n{DAM}\n{DAM_MORE}\n{DAM_LATER} {OWLS} {CHOIR} {FERRY}"
    assert told([flash, grown], [title, title]) == [[0, 1]]
    assert told(["Cracked dam", report.replace(title, "Cracked dam")], ["Cracked dam", "Cracked dam"]) == [[0, 1]]
    assert told(["Please enable scripts", report], [title, title]) == [[0], [1]]  # a stub that is no headline
    assert told(["Weather", f"Weather\n{OWLS}"], ["Weather", "Weather"]) == [[0], [1]]  # a single word
