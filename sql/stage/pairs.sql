-- one row per two articles with near-identical text
select
    left_id,
    right_id,
    edition,
    relation,
    left_share,
    right_share,
    left_from,
    left_to,
    right_from,
    right_to,
    headline
from read_parquet(getvariable('pairs_files'), hive_partitioning = false)
