-- one row per edition and site: the share of its articles whose last line is no line of their own
-- Such a line ends articles of another story of the site, too, or a rule cut it from two articles of that edition; what
-- says nothing of other articles (verdicts by place, title or model) is left out as in checks/leftover_at_the_end.
-- kind: share
-- side: high
-- says: share of articles that end in a leftover
-- of: site
-- remedy: has the site a new template? Read the last lines; copydesk learn, or a rule of your own, takes them
with endings as (
    select
        articles.edition,
        coalesce(articles.site, '(unknown)') as site,
        articles.story_id,
        split_part(articles.body, chr(10), -1) as text
    from articles
    where articles.edition between getvariable('gate_first') and getvariable('gate_day')
),
shared as (
    select endings.edition, endings.site, endings.text
    from endings
    group by endings.edition, endings.site, endings.text
    having count(distinct endings.story_id) > 1
),
known as (
    select cuts.edition, cuts.text
    from cuts
    where
        cuts.edition between getvariable('gate_first') and getvariable('gate_day')
        and cuts.action = 'cut'
        and cuts.kind <> 'blank'
        and not starts_with(cuts.rule_id, 'layout.')
        and not starts_with(cuts.rule_id, 'title.')
        and not ends_with(cuts.rule_id, '/rest')
        and cuts.score is null
    group by cuts.edition, cuts.text
    having count(distinct cuts.article_id) >= 2
)
select
    endings.edition,
    endings.site as subject,
    avg((shared.text is not null or known.text is not null)::integer) as seen,
    count(*)::double as weight
from endings
left join shared using (edition, site, text)
left join known using (edition, text)
group by endings.edition, endings.site
order by endings.edition, endings.site
