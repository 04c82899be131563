-- a value that only the text can tell, in a column of articles, and no row of cuts that says which line it came from
with told as (
    select filled.article_id, filled.edition, filled.field, filled.value
    from articles
    unpivot (value for field in (credits, dateline, signoff, republished_from, captions)) as filled
    union all
    select articles.article_id, articles.edition, 'agency', articles.agency
    from articles
    where articles.agency is not null and coalesce(articles.agency_source, 'text') = 'text'
    union all
    select articles.article_id, articles.edition, 'is_updated', 'true' from articles where articles.is_updated
)
select told.article_id, told.edition, told.field, told.value
from told anti join cuts using (article_id, field)
