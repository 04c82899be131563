-- a key that more than one row of a table has
-- The columns decide, not the words that name them here: 'a to b' and 'c' are another key than 'a' and 'b to c'.
select 'articles' as table_name, articles.article_id as key, count(*) as rows
from articles group by articles.article_id having count(*) > 1
union all
select 'copy_flow', concat_ws(' to ', copy_flow.from_site, copy_flow.to_site), count(*)
from copy_flow group by copy_flow.from_site, copy_flow.to_site having count(*) > 1
union all
select 'cuts', concat_ws(' ', cuts.article_id, 'line', cuts.line_no, cuts.field), count(*)
from cuts group by cuts.article_id, cuts.line_no, cuts.field having count(*) > 1
union all
select 'daily_volume', concat_ws(' ', daily_volume.edition, daily_volume.site, daily_volume.language), count(*)
from daily_volume group by daily_volume.edition, daily_volume.site, daily_volume.language having count(*) > 1
union all
select 'editions', editions.edition::varchar, count(*)
from editions group by editions.edition having count(*) > 1
union all
select
    'leftovers',
    concat_ws(' ', leftovers.edition, leftovers.site, leftovers.kind, leftovers.rule_id, leftovers.action),
    count(*)
from leftovers
group by leftovers.edition, leftovers.site, leftovers.kind, leftovers.rule_id, leftovers.action
having count(*) > 1
union all
select 'members', members.article_id, count(*)
from members group by members.article_id having count(*) > 1
union all
select 'outlets', outlets.site, count(*)
from outlets group by outlets.site having count(*) > 1
union all
select 'pairs', concat_ws(' and ', pairs.left_id, pairs.right_id), count(*)
from pairs group by pairs.left_id, pairs.right_id having count(*) > 1
union all
select 'quarantine', concat_ws(' ', quarantine.edition, quarantine.quarantine_id), count(*)
from quarantine group by quarantine.edition, quarantine.quarantine_id having count(*) > 1
union all
select 'site_lines', concat_ws(' ', site_lines.site, site_lines.line_key), count(*)
from site_lines group by site_lines.site, site_lines.line_key having count(*) > 1
union all
select 'stories', stories.story_id, count(*)
from stories group by stories.story_id having count(*) > 1
union all
select 'story_aliases', story_aliases.alias_id, count(*)
from story_aliases group by story_aliases.alias_id having count(*) > 1
