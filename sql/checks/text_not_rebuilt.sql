-- an article whose body and cuts do not add up to the lines of its text
with taken as (
    select cuts.article_id, count(*) as taken_lines
    from cuts
    where cuts.action in ('cut', 'move')
    group by cuts.article_id
),
counted as (
    select
        articles.article_id,
        articles.text_lines,
        length(articles.body) - length(replace(articles.body, chr(10), '')) + 1 as body_lines,
        coalesce(taken.taken_lines, 0) as taken_lines
    from articles left join taken using (article_id)
)
select counted.article_id, counted.text_lines, counted.body_lines, counted.taken_lines
from counted
where counted.text_lines <> counted.body_lines + counted.taken_lines
