-- a joined alias that is no article of its story, or a withdrawn one that is an article
select story_aliases.alias_id, story_aliases.story_id, story_aliases.reason, members.story_id as story_of_member
from story_aliases left join members on story_aliases.alias_id = members.article_id
where
    if(
        story_aliases.reason = 'withdrawn',
        members.article_id is not null,
        members.story_id is distinct from story_aliases.story_id
    )
