from __future__ import annotations

import re

import pyarrow as pa
import pytest

from copydesk import dictionary, models, queries
from copydesk.models import STAGED
from transforms import schemas


def test_the_page_on_disk_is_what_the_generator_gives() -> None:
    assert dictionary.PAGE.read_text(encoding="utf-8") == dictionary.page(), "run: python -m copydesk.dictionary"


def test_every_table_check_and_column_is_on_the_page() -> None:
    page = dictionary.page()
    with models.build({}) as built:
        published = {table: built.schema(table).names for table in built.tables}
    staged = {name: schema.names for name, schema in schemas.TABLES.items() if name not in published}
    sections = re.split(r"^### (\w+)$", page.split("\n## Checks")[0], flags=re.MULTILINE)[1:]
    documented = {
        name: re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)
        for name, text in zip(sections[::2], sections[1::2], strict=True)
    }
    assert documented == {**published, **staged}
    checks = re.findall(r"^\| `(\w+)` \|", page.split("\n## Checks")[1], flags=re.MULTILINE)
    assert checks == [query.name for query in queries.load("checks")]


def test_a_column_that_nobody_explains_is_refused() -> None:
    query = queries.parse("fresh", "-- one row\nselect 1 as x")
    with pytest.raises(KeyError, match="x"):
        models.published_schema(query, pa.schema([pa.field("x", pa.int32())]))


@pytest.mark.parametrize("query", queries.load("models"), ids=lambda query: query.name)
def test_a_model_explains_no_column_that_it_lacks(query: queries.Query) -> None:
    with models.build({}) as built:
        assert set(query.meanings) <= set(built.schema(query.name).names)
        assert set(query.key) <= set(built.schema(query.name).names)


@pytest.mark.parametrize("kind", ["stage", "models", "checks"])
def test_every_file_is_one_lower_case_statement_that_says_its_grain(kind: str) -> None:
    for query in queries.load(kind):
        code = "\n".join(line for line in query.text.split("\n") if not line.startswith("--"))
        assert re.match("(one row|a|an) ", query.grain), query.name
        assert ";" not in code, query.name
        assert code == re.sub(r"\b[A-Z]+\b", lambda word: word[0].lower(), code), query.name
        assert "*" not in re.sub(r"count\(\*\)| \* ", "", code), query.name


@pytest.mark.parametrize("table", STAGED)
def test_a_stage_view_spells_out_the_columns_of_its_schema(table: str) -> None:
    with models.build({}) as built:
        view = built.connection.sql(f"from stage.{table}")
        assert view.columns == STAGED[table].names
