-- an article that neither names its story nor is an alias of it
select members.article_id, members.story_id
from members
anti join story_aliases on members.article_id = story_aliases.alias_id
where members.article_id <> members.story_id
