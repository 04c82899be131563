-- an article published or last changed before 1990 or more than two days after the edition that read it
-- Whole days in UTC, as transforms/dates.py counts them.
select articles.article_id, articles.edition, articles.published_at, articles.published_at_source
from articles
where
    (articles.published_at at time zone 'utc')::date not between date '1990-01-01' and articles.edition + 2
    or (articles.modified_at at time zone 'utc')::date not between date '1990-01-01' and articles.edition + 2
