-- a pair whose left_id is not the smaller one
select pairs.left_id, pairs.right_id
from pairs
where pairs.left_id >= pairs.right_id
