-- an article that still has a line which a person approved to be cut, where five articles and more than 1 % do
-- An edition that was judged before the last decision is not asked, nor is an overcut article, which may keep its text.
-- A few articles pass, for a repair may make two lines equal after they were judged.
with approved as (
    select site_lines.site, site_lines.line
    from site_lines
    where site_lines.state = 'approved' and site_lines.decided_by = 'person'
),
standing as (
    select
        articles.article_id,
        articles.edition,
        articles.site,
        unnest(string_split(articles.body, chr(10))) as line
    from articles
    semi join approved on articles.site = approved.site
    semi join stage.taught_editions on articles.edition = taught_editions.edition
    where not articles.is_overcut
),
wrong as (
    select standing.article_id, standing.edition, min(standing.line) as line
    from standing semi join approved using (site, line)
    group by standing.article_id, standing.edition
)
select wrong.article_id, wrong.edition, wrong.line
from wrong join editions using (edition)
qualify count(*) over (partition by wrong.edition) > greatest(4, 0.01 * editions.articles)
