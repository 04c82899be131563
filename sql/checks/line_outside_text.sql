-- a cut whose line number the text does not have
select cuts.article_id, cuts.line_no, articles.text_lines
from cuts join articles using (article_id)
where cuts.line_no not between 1 and articles.text_lines
