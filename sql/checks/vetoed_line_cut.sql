-- a line that a person vetoed, taken from an article of that site all the same
-- The title's logic may take it, and a rule may trim it. An edition judged before the last decision is not asked.
with vetoed as (
    select site_lines.site, site_lines.line_key
    from site_lines
    where site_lines.state = 'vetoed'
),
taken as (
    select cuts.article_id, cuts.edition, cuts.line_no, articles.site, line_key(cuts.text) as line_key
    from cuts
    join articles using (article_id)
    semi join stage.taught_editions on cuts.edition = taught_editions.edition
    semi join vetoed on articles.site = vetoed.site
    where cuts.action in ('cut', 'move') and cuts.kind <> 'blank' and not starts_with(cuts.rule_id, 'title.')
)
select taken.article_id, taken.edition, taken.line_no, taken.line_key
from taken semi join vetoed using (site, line_key)
