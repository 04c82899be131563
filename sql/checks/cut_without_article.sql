-- a cut of an article that is not there, or of another edition than its article
select cuts.article_id, cuts.edition, cuts.line_no
from cuts anti join articles using (article_id, edition)
