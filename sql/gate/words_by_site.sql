-- one row per edition and site: the median length of its articles
-- kind: size
-- says: median words of an article
-- of: site
-- remedy: does the site send beginnings only, or whole pages as one text? select body from articles
select
    articles.edition,
    coalesce(articles.site, '(unknown)') as subject,
    median(greatest(articles.body_words, 1))::double as seen,
    count(*)::double as weight
from articles
where articles.edition between getvariable('gate_first') and getvariable('gate_day')
group by articles.edition, subject
order by articles.edition, subject
