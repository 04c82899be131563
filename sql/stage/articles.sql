-- one row per article, as its earliest edition cleaned it
with arrived as (
    from read_parquet(getvariable('articles_files'), hive_partitioning = false, union_by_name = true)
),
repeated as (
    select arrivals.article_id, arrivals.edition
    from stage.arrivals
    where not arrivals.is_first
)
select
    arrived.article_id,
    arrived.edition,
    arrived.source,
    arrived.site,
    arrived.url,
    arrived.fetched_at,
    arrived.charset,
    arrived.charset_method,
    arrived.title,
    arrived.author,
    arrived.published_at,
    arrived.published_at_source,
    arrived.published_raw,
    arrived.language,
    arrived.body,
    arrived.credits,
    arrived.agency,
    arrived.dateline,
    arrived.signoff,
    arrived.republished_from,
    arrived.captions,
    arrived.is_updated,
    arrived.is_stub,
    arrived.is_overcut,
    arrived.text_lines,
    arrived.body_words,
    arrived.cut_lines,
    arrived.cut_chars
from arrived anti join repeated using (article_id, edition)
