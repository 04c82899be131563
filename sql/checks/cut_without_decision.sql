-- a line that memory cut although nobody approved it, or by support although it may be somebody's sentence
-- An edition that was judged before the last decision is not asked who approved.
with approved as (
    select site_lines.site, site_lines.line_key
    from site_lines
    where site_lines.state = 'approved' and site_lines.decided_by = 'person'
),
remembered as (
    select
        cuts.article_id,
        cuts.edition,
        cuts.line_no,
        cuts.rule_id,
        cuts.text,
        articles.site,
        line_key(cuts.text) as line_key
    from cuts join articles using (article_id)
    where starts_with(cuts.rule_id, 'memory.')
)
select remembered.article_id, remembered.edition, remembered.line_no, remembered.rule_id
from remembered
semi join stage.taught_editions on remembered.edition = taught_editions.edition
anti join approved on remembered.site = approved.site and remembered.line_key = approved.line_key
where remembered.rule_id = 'memory.approved'
union all
select remembered.article_id, remembered.edition, remembered.line_no, remembered.rule_id
from remembered
where remembered.rule_id = 'memory.support' and is_sentence(remembered.text)
