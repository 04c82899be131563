-- a story whose id is not its smallest (edition, article_id)
with firsts as (
    select
        articles.story_id,
        first(articles.article_id order by articles.edition, articles.article_id) as first_id
    from articles
    where articles.story_id is not null
    group by articles.story_id
)
select firsts.story_id, firsts.first_id
from firsts
where firsts.story_id <> firsts.first_id
