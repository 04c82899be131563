-- one row per line that its text's title, a rule or the page classifier did not take: it stands in the body, or was cut
-- by memory, and goes on being counted, or by the line classifier, which guesses. Only such lines are worth a proposal:
-- the menus of pages, which the page classifier sees for what they are, need no person.
-- kept_no is the line's place among the lines of the body; of a cut line, how many lines of the body come before it.
with gone as (
    select
        cuts.article_id,
        cuts.text,
        cuts.rule_id,
        cuts.score,
        cuts.line_no - row_number() over (partition by cuts.article_id order by cuts.line_no) as kept_no
    from stage.cuts
    where cuts.action in ('cut', 'move')
)
select
    articles.article_id,
    articles.edition,
    articles.site,
    unnest(string_split(articles.body, chr(10))) as line,
    unnest(range(1, len(string_split(articles.body, chr(10))) + 1)) as kept_no,
    false as is_cut
from stage.articles
union all
select gone.article_id, articles.edition, articles.site, gone.text, gone.kept_no, true
from gone join stage.articles using (article_id)
where starts_with(gone.rule_id, 'memory.') or gone.rule_id = 'model.lines'
