-- a key that more than one row of a table has
select 'articles' as table_name, articles.article_id as key, count(*) as rows
from articles group by all having count(*) > 1
union all
select 'copy_flow', concat_ws(' to ', copy_flow.from_site, copy_flow.to_site), count(*)
from copy_flow group by all having count(*) > 1
union all
select 'cuts', concat_ws(' line ', cuts.article_id, cuts.line_no), count(*)
from cuts group by all having count(*) > 1
union all
select 'daily_volume', concat_ws(' ', daily_volume.edition, daily_volume.site, daily_volume.language), count(*)
from daily_volume group by all having count(*) > 1
union all
select 'editions', editions.edition::varchar, count(*)
from editions group by all having count(*) > 1
union all
select
    'leftovers',
    concat_ws(
        ' ', leftovers.edition, leftovers.site, leftovers.kind, leftovers.rule_id, leftovers.action
    ),
    count(*)
from leftovers group by all having count(*) > 1
union all
select 'members', members.article_id, count(*)
from members group by all having count(*) > 1
union all
select 'outlets', outlets.site, count(*)
from outlets group by all having count(*) > 1
union all
select 'pairs', concat_ws(' and ', pairs.left_id, pairs.right_id), count(*)
from pairs group by all having count(*) > 1
union all
select 'quarantine', concat_ws(' ', quarantine.edition, quarantine.quarantine_id), count(*)
from quarantine group by all having count(*) > 1
union all
select 'stories', stories.story_id, count(*)
from stories group by all having count(*) > 1
