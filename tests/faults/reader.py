"""A reader of published tables that never rests; what two of them say must belong to one version."""

from __future__ import annotations

import json
import select
import sys
from pathlib import Path

import duckdb

QUERY = """
select
    (select version_id from version) as version,
    (select count(*) from articles) as articles,
    (select sum(articles)::bigint from editions) as counted,
    (select count(*) from members) as members
"""


def main() -> None:
    """Read until standard input ends, then tell what was seen."""
    catalog = Path(sys.argv[1]) / "published" / "news.duckdb"
    reads, versions, torn = 0, set(), []
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], 0)[0]:
        try:
            with duckdb.connect(str(catalog), read_only=True) as connection:
                version, articles, counted, members = connection.execute(QUERY).fetchall()[0]
        except duckdb.Error as error:
            torn.append(str(error))
            continue
        reads += 1
        versions.add(version)
        if not articles == counted == members:
            torn.append(f"version {version}: {articles} articles, {counted} counted, {members} members")
    sys.stdout.write(json.dumps({"reads": reads, "versions": sorted(versions), "torn": torn}) + "\n")


if __name__ == "__main__":
    main()
