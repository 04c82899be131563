-- one row per line taken out of a text, moved to a field or changed, and per value read off a line beside that
-- key: article_id, line_no, field
select
    cuts.article_id,
    cuts.edition,
    cuts.line_no,
    cuts.text,
    cuts.kind,
    cuts.action,
    cuts.field,
    cuts.value,
    cuts.rule_id,
    cuts.score
from stage.cuts
order by cuts.edition, cuts.article_id, cuts.line_no, cuts.action = 'read', cuts.field, cuts.rule_id
