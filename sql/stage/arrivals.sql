-- one row per article and edition that brought it
-- The same page may arrive on several nights; the earliest edition keeps it.
select
    article_id,
    edition,
    edition = min(edition) over (partition by article_id) as is_first
from read_parquet(getvariable('articles_files'), hive_partitioning = false)
