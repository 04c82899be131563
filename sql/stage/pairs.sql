-- one row per two articles with near-identical text
select
    left_id,
    right_id,
    edition,
    relation,
    left_share,
    right_share
from read_parquet(getvariable('pairs_files'), hive_partitioning = false)
