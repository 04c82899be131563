-- an article whose cut_lines or cut_chars are not those of its cuts
with taken as (
    select cuts.article_id, count(*) as lines, sum(length(cuts.text)) as chars
    from cuts
    where cuts.action in ('cut', 'move') and cuts.kind <> 'blank'
    group by cuts.article_id
)
select
    articles.article_id,
    articles.cut_lines,
    coalesce(taken.lines, 0) as lines_of_cuts,
    articles.cut_chars,
    coalesce(taken.chars, 0) as chars_of_cuts
from articles left join taken using (article_id)
where articles.cut_lines <> coalesce(taken.lines, 0) or articles.cut_chars <> coalesce(taken.chars, 0)
