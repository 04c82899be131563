-- an id that the version before knew and that nothing resolves now: it names no story and is no alias
with former as (
    select former_members.article_id as story_id from stage.former_members
    union
    select former_aliases.alias_id from stage.former_aliases
)
select former.story_id
from former
anti join stories using (story_id)
anti join story_aliases on former.story_id = story_aliases.alias_id
