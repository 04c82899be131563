-- a story with no lead or with several
select members.story_id, count(*) filter (members.is_lead) as leads, count(*) as members
from members
group by members.story_id
having count(*) filter (members.is_lead) <> 1
