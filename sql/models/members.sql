-- one row per article
-- key: article_id
select
    members.article_id,
    members.story_id,
    members.is_lead,
    members.relation,
    members.similarity
from stage.members
order by members.story_id, members.is_lead desc, members.article_id
