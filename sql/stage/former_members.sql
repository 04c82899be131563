-- one row per article of the version before, with the story that it belonged to then
select
    article_id,
    story_id
from read_parquet(getvariable('former_members_files'), hive_partitioning = false)
