-- one row per id that a story may have had and has no longer
-- key: alias_id
-- An id that was ever a story's is in `stories` or here. Which rows are `joined` follows from the articles alone, so a
-- rebuild gives the same; rows that are `withdrawn` are handed on from version to version, for the articles are gone.
-- The story of a withdrawn id is where the earliest article (edition, article_id) of its former story is now.
with former as (
    select former_members.article_id as alias_id, former_members.story_id
    from stage.former_members
    union all
    select former_aliases.alias_id, former_aliases.story_id
    from stage.former_aliases
    where former_aliases.reason = 'withdrawn'
),
heirs as (
    select
        former_members.story_id as former_story_id,
        first(articles.story_id order by articles.edition, articles.article_id) as story_id
    from stage.former_members join articles using (article_id)
    group by former_members.story_id
),
aliases as (
    select articles.article_id as alias_id, articles.story_id, 'joined' as reason
    from articles
    where articles.story_id <> articles.article_id
    union all
    select former.alias_id, heirs.story_id, 'withdrawn'
    from former
    anti join articles on former.alias_id = articles.article_id
    left join heirs on former.story_id = heirs.former_story_id
)
select
    aliases.alias_id,
    aliases.story_id,
    aliases.reason
from aliases
order by aliases.alias_id
