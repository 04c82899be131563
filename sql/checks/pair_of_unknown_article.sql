-- a pair that names an article that is not there
select pairs.left_id, pairs.right_id
from pairs
where
    pairs.left_id not in (select articles.article_id from articles)
    or pairs.right_id not in (select articles.article_id from articles)
