-- a pair whose common text ends before it begins
select pairs.left_id, pairs.right_id, pairs.left_from, pairs.left_to, pairs.right_from, pairs.right_to
from pairs
where pairs.left_from > pairs.left_to or pairs.right_from > pairs.right_to
