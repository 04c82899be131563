-- a value that docs/tables.md does not name, in a column with few
with words as (
    select 'cuts.action' as column_name, cuts.action as word from cuts
    where cuts.action not in ('cut', 'move', 'trim', 'repair', 'read')
    union all
    select 'members.relation', members.relation from members
    where members.relation not in ('lead', 'version', 'copy', 'excerpt', 'update', 'linked')
    union all
    select 'pairs.relation', pairs.relation from pairs
    where pairs.relation not in ('version', 'copy', 'excerpt', 'update')
    union all
    select 'pairs.headline', pairs.headline from pairs
    where pairs.headline not in ('same', 'edited', 'new')
    union all
    select 'story_aliases.reason', story_aliases.reason from story_aliases
    where story_aliases.reason not in ('joined', 'withdrawn')
    union all
    select 'quarantine.step', quarantine.step from quarantine
    where quarantine.step not in ('sources', 'extract', 'strip')
    union all
    select 'articles.published_at_source', articles.published_at_source from articles
    where articles.published_at_source not in ('record', 'markup', 'url')
    union all
    select 'site_lines.state', site_lines.state from site_lines
    where site_lines.state not in ('proposed', 'approved', 'vetoed')
    union all
    select 'site_lines.decided_by', site_lines.decided_by from site_lines
    where site_lines.decided_by not in ('person', 'support')
    union all
    select 'site_lines.position', site_lines.position from site_lines
    where site_lines.position not in ('head', 'inside', 'tail')
)
select words.column_name, words.word, count(*) as rows
from words
group by all
