-- one row per id that named no story in the version before, but may have named one earlier
select
    alias_id,
    story_id,
    reason
from read_parquet(getvariable('former_aliases_files'), hive_partitioning = false)
