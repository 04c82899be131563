-- one row per edition and site: the share of its articles of which little is left: stubs, and those cut too deep
-- kind: share
-- side: high
-- says: share of articles that are stubs or overcut
-- of: site
-- remedy: does the site show a barrier instead of its texts; does a rule take too much? copydesk explain ARTICLE_ID
select
    articles.edition,
    coalesce(articles.site, '(unknown)') as subject,
    avg((articles.is_stub or articles.is_overcut)::integer) as seen,
    count(*)::double as weight
from articles
where articles.edition between getvariable('gate_first') and getvariable('gate_day')
group by articles.edition, subject
order by articles.edition, subject
