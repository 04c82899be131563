-- one row per edition and site: the share of its articles dated after the day of the edition
-- kind: share
-- side: high
-- says: share of articles dated in the future
-- of: site
-- remedy: are day and month swapped, or the clock of the scraper wrong? select published_raw from articles
select
    articles.edition,
    coalesce(articles.site, '(unknown)') as subject,
    avg(coalesce((articles.published_at at time zone 'utc')::date > articles.edition, false)::integer) as seen,
    count(*)::double as weight
from articles
where articles.edition between getvariable('gate_first') and getvariable('gate_day')
group by articles.edition, subject
order by articles.edition, subject
