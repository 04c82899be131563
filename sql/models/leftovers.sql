-- one row per edition, outlet, kind, rule and action: how much scraping had left behind, and what took it out
-- key: edition, site, kind, rule_id, action
-- Blank lines are not counted. Lines moved to a field and names behind a given title are no leftovers, so they are not
-- here.
-- edition: the nightly run
-- site: the outlet; '(unknown)' where a page names none
-- kind: what the lines were: comment_form, share, ...
-- rule_id: the rule or the logic that decided
-- action: cut (the lines are gone) or trim (part of each is gone)
-- lines: lines taken out or trimmed
-- chars: characters of those lines, whole, as they arrived
-- articles: articles that had at least one of them
select
    cuts.edition,
    coalesce(articles.site, '(unknown)') as site,
    cuts.kind,
    cuts.rule_id,
    cuts.action,
    count(*) as lines,
    sum(length(cuts.text))::bigint as chars,
    count(distinct cuts.article_id) as articles
from cuts join articles using (article_id)
where cuts.action in ('cut', 'trim') and cuts.kind <> 'blank' and cuts.line_no > 0
group by all
order by cuts.edition, site, cuts.kind, cuts.rule_id, cuts.action
