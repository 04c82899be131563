-- one row per edition and site: the share of its text that was cut or moved to a field
-- kind: share
-- says: share of the text that was cut
-- of: site
-- remedy: has the site a new template; does a new rule take too much? from leftovers
select
    articles.edition,
    coalesce(articles.site, '(unknown)') as subject,
    sum(articles.cut_chars) / greatest(sum(articles.cut_chars) + sum(length(articles.body)), 1) as seen,
    count(*)::double as weight
from articles
where articles.edition between getvariable('gate_first') and getvariable('gate_day')
group by articles.edition, subject
order by articles.edition, subject
