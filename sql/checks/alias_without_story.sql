-- an alias of a story that is not there, or a joined one of none
select story_aliases.alias_id, story_aliases.story_id, story_aliases.reason
from story_aliases anti join stories using (story_id)
where story_aliases.story_id is not null or story_aliases.reason = 'joined'
