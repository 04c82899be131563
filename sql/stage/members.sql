-- one row per article, with the story that it belongs to
select
    article_id,
    story_id,
    is_lead,
    relation,
    similarity
from read_parquet(getvariable('members_files'), hive_partitioning = false)
