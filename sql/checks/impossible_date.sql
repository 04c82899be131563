-- an article published before 1990 or more than two days after the edition that read it
select articles.article_id, articles.edition, articles.published_at, articles.published_at_source
from articles
where
    articles.published_at < timestamptz '1990-01-01 00:00:00+00'
    or articles.published_at > (articles.edition + interval 2 days)::timestamptz
