-- an article that the fold gave no story
select articles.article_id, articles.edition, articles.source
from articles
where articles.story_id is null
