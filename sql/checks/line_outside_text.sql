-- a cut whose line number the text does not have; 0 is the title as it was given
select cuts.article_id, cuts.line_no, articles.text_lines
from cuts join articles using (article_id)
where
    cuts.line_no not between if(cuts.kind = 'title' and cuts.action in ('trim', 'read'), 0, 1) and articles.text_lines
