-- a value that a line told, but that its column of articles does not have
with filled as (
    select named.article_id, named.field
    from articles
    unpivot (content for field in (
        title, site, author, credits, agency, dateline, signoff, republished_from, captions
    )) as named
    union all
    select articles.article_id, 'is_updated' from articles where articles.is_updated
)
select cuts.article_id, cuts.line_no, cuts.field, cuts.value
from cuts anti join filled using (article_id, field)
where cuts.value is not null
