-- one row per line of a site that a person decided about
select
    site,
    line_key,
    line,
    state
from read_parquet(getvariable('decisions_files'), hive_partitioning = false)
