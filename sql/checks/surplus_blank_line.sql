-- a body that begins or ends with a blank line, or has two in a row
select articles.article_id, articles.edition, articles.source
from articles
where
    starts_with(articles.body, chr(10))
    or ends_with(articles.body, chr(10))
    or contains(articles.body, chr(10) || chr(10) || chr(10))
