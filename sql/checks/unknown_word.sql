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
    where articles.published_at_source not in ('record', 'json-ld', 'meta', 'microdata', 'url', 'time', 'text')
    union all
    select 'articles.modified_at_source', articles.modified_at_source from articles
    where articles.modified_at_source not in ('record', 'json-ld', 'meta', 'time')
    union all
    select 'articles.published_at_flag', articles.published_at_flag from articles
    where articles.published_at_flag not in ('no date', 'no such day', 'day or month', 'before 1990', 'future')
    union all
    select 'articles.modified_at_flag', articles.modified_at_flag from articles
    where articles.modified_at_flag not in ('no date', 'no such day', 'day or month', 'before 1990', 'future')
    union all
    select 'articles.title_source', articles.title_source from articles
    where articles.title_source not in ('record', 'h1', 'h2', 'json-ld', 'meta', 'text')
    union all
    select 'articles.author_source', articles.author_source from articles
    where articles.author_source not in ('record', 'json-ld', 'meta', 'byline', 'text')
    union all
    select 'articles.agency_source', articles.agency_source from articles
    where articles.agency_source not in ('text', 'json-ld', 'meta', 'byline')
    union all
    select 'articles.section_source', articles.section_source from articles
    where articles.section_source not in ('record', 'json-ld', 'meta')
    union all
    select 'articles.site_source', articles.site_source from articles
    where articles.site_source not in ('record', 'url', 'meta', 'json-ld', 'title')
    union all
    select 'articles.language_source', articles.language_source from articles
    where articles.language_source not in ('record', 'html', 'meta', 'json-ld', 'text')
    union all
    select 'articles.canonical_url_source', articles.canonical_url_source from articles
    where articles.canonical_url_source not in ('record', 'link', 'meta', 'json-ld', 'url')
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
