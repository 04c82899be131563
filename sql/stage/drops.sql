-- one row per record in quarantine that a person gave up
select
    edition::date as edition,
    quarantine_id,
    dropped_because
from read_parquet(getvariable('drops_files'), hive_partitioning = false)
