-- a share, similarity, place or score outside [0, 1]
with shares as (
    select 'members' as table_name, members.article_id as key, members.similarity as share from members
    union all
    select 'pairs', concat_ws(' and ', pairs.left_id, pairs.right_id), pairs.left_share from pairs
    union all
    select 'pairs', concat_ws(' and ', pairs.left_id, pairs.right_id), pairs.right_share from pairs
    union all
    select 'pairs', concat_ws(' and ', pairs.left_id, pairs.right_id), pairs.left_from from pairs
    union all
    select 'pairs', concat_ws(' and ', pairs.left_id, pairs.right_id), pairs.left_to from pairs
    union all
    select 'pairs', concat_ws(' and ', pairs.left_id, pairs.right_id), pairs.right_from from pairs
    union all
    select 'pairs', concat_ws(' and ', pairs.left_id, pairs.right_id), pairs.right_to from pairs
    union all
    select 'cuts', concat_ws(' line ', cuts.article_id, cuts.line_no), cuts.score from cuts
    union all
    select 'outlets', outlets.site, outlets.copied_share from outlets
    union all
    select 'outlets', outlets.site, outlets.leftover_share from outlets
    union all
    select 'site_lines', site_lines.line_id, site_lines.share from site_lines
    union all
    select 'site_lines', site_lines.line_id, site_lines.edge_share from site_lines
)
select shares.table_name, shares.key, shares.share
from shares
where shares.share not between 0 and 1
