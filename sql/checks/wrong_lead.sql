-- a member that is the lead by one column and not by another
select members.article_id, members.story_id, members.is_lead, members.relation, members.similarity
from members
where members.is_lead <> (members.relation = 'lead') or (members.is_lead and members.similarity <> 1)
