-- one row per edition and site: the share of its articles whose date is unknown or was not believed
-- kind: share
-- side: high
-- says: share of articles without a date that can be right
-- of: site
-- remedy: has the site a new template, or the feed a new field? select published_raw, published_at_flag from articles
select
    articles.edition,
    coalesce(articles.site, '(unknown)') as subject,
    avg((articles.published_at is null or articles.published_at_flag is not null)::integer) as seen,
    count(*)::double as weight
from articles
where articles.edition between getvariable('gate_first') and getvariable('gate_day')
group by articles.edition, subject
order by articles.edition, subject
