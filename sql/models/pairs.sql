-- one row per two articles with near-identical text
-- key: left_id, right_id
select
    pairs.left_id,
    pairs.right_id,
    pairs.edition,
    pairs.relation,
    pairs.left_share,
    pairs.right_share,
    pairs.left_from,
    pairs.left_to,
    pairs.right_from,
    pairs.right_to,
    pairs.headline
from stage.pairs
order by pairs.left_id, pairs.right_id
