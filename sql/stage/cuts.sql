-- one row per line taken out of a text, moved to a field or changed, and per value read off a line beside that, in the
-- edition that keeps the article
with arrived as (
    from read_parquet(getvariable('cuts_files'), hive_partitioning = false)
),
repeated as (
    select arrivals.article_id, arrivals.edition
    from stage.arrivals
    where not arrivals.is_first
)
select
    arrived.article_id,
    arrived.edition,
    arrived.line_no,
    arrived.text,
    arrived.kind,
    arrived.action,
    arrived.field,
    arrived.value,
    arrived.rule_id,
    arrived.score
from arrived anti join repeated using (article_id, edition)
