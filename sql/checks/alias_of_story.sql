-- an alias that names a story itself
select story_aliases.alias_id, story_aliases.story_id, story_aliases.reason
from story_aliases semi join stories on story_aliases.alias_id = stories.story_id
