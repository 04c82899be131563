-- an article without text
select articles.article_id, articles.edition, articles.source
from articles
where not regexp_matches(articles.body, '[^ \t\n]')
