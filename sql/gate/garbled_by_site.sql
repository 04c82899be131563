-- one row per edition and site: the share of its articles that nobody can read
-- Such an article has marks of a wrong character set, or is in no known language (which is all that Cyrillic read as
-- Latin shows).
-- kind: share
-- side: high
-- says: share of articles in a wrong character set or in no known language
-- of: site
-- remedy: which charset does the site send? select charset, charset_method, body from articles
select
    articles.edition,
    coalesce(articles.site, '(unknown)') as subject,
    avg(
        (
            articles.language is null
            or contains(articles.body, '�')
            or contains(articles.body, 'â€')
            or contains(articles.body, 'Ã©')
            or contains(articles.body, 'Ã¼')
            or contains(articles.body, 'Ã¡')
        )::integer
    ) as seen,
    count(*)::double as weight
from articles
where articles.edition between getvariable('gate_first') and getvariable('gate_day')
group by articles.edition, subject
order by articles.edition, subject
