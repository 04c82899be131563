-- one row per line that repeats over an outlet's history, or that a person decided about
-- key: site, line_key
-- Counted is where neither the title, a rule nor the page classifier took the line; where memory cut it, it counts on.
-- A proposal stands in several distinct stories, so that copies of one text count once, and in several editions, so
-- that one batch does not.
-- site: the outlet
-- line_key: letters and digits of the line, without case and accents: lines with one key are one line
-- line_id: short name of site and line_key, for the command line
-- line: the line as it stands in the example
-- stories: distinct stories of the outlet that have the line
-- articles: its articles that have the line
-- editions: nightly runs that brought such an article
-- first_edition?: the first of them; null where a decided line is in no article
-- last_edition?: the last of them
-- share: stories / stories of the outlet
-- edge_share: share of its places that lie before the first or behind the last sentence that is the story's own
-- position?: where it stands most often: head, inside or tail
-- is_sentence: it may be somebody's sentence, so no number of repetitions makes it a leftover
-- is_furniture: no sentence, and nearly always at an edge: learn_after may cut it without a person
-- example_article_id?: the earliest of the articles, by edition and article_id
-- state: proposed, approved (is cut) or vetoed (is never cut)
-- decided_by?: person, or support: enough stories have it; null while it is proposed
with repeated as (
    -- By hash, since a group for each line of the history must be small. The key is made of those that repeat.
    select open_lines.site, hash(open_lines.line) as line_hash
    from stage.open_lines
    where open_lines.site is not null and open_lines.line <> ''
    group by open_lines.site, hash(open_lines.line)
    having count(*) >= getvariable('min_stories')
    union
    select decisions.site, hash(decisions.line)
    from stage.decisions
),
seen as (
    select
        open_lines.site,
        members.story_id,
        open_lines.edition,
        open_lines.article_id,
        open_lines.line,
        open_lines.kept_no,
        open_lines.is_cut
    from stage.open_lines
    semi join repeated on open_lines.site = repeated.site and hash(open_lines.line) = repeated.line_hash
    join stage.members using (article_id)
    where open_lines.line <> '' and members.story_id is not null
),
wordings as (
    select distinct seen.line
    from seen
),
keys as (
    select wordings.line, line_key(wordings.line) as line_key, is_sentence(wordings.line) as is_sentence
    from wordings
),
shared as (
    -- What several distinct stories have: copies of one text repeat its own sentences, and are one story.
    select seen.site, hash(seen.line) as line_hash
    from seen
    group by seen.site, hash(seen.line)
    having count(distinct seen.story_id) >= getvariable('min_stories')
    union
    select decisions.site, hash(decisions.line)
    from stage.decisions
),
sentences as (
    -- Where the story's own begin and end: what no others share, ends as lines.ends_sentence asks, and is long enough.
    select
        open_lines.article_id,
        min(open_lines.kept_no) as first_no,
        max(open_lines.kept_no) as last_no
    from stage.open_lines
    anti join shared on open_lines.site = shared.site and hash(open_lines.line) = shared.line_hash
    where
        not open_lines.is_cut
        and octet_length(encode(open_lines.line)) >= 40
        and regexp_matches(open_lines.line, '[.!?…。！？؟।]["''”’»“)\]\s]{0,}$')
    group by open_lines.article_id
),
placed as (
    select
        seen.site,
        keys.line_key,
        keys.is_sentence,
        seen.line,
        seen.story_id,
        seen.edition,
        seen.article_id,
        case
            when sentences.first_no is null then 'inside'
            when seen.kept_no < sentences.first_no then 'head'
            when seen.kept_no > sentences.last_no then 'tail'
            when seen.is_cut and seen.kept_no = sentences.last_no then 'tail'
            else 'inside'
        end as position
    from seen
    join keys using (line)
    left join sentences using (article_id)
),
counted as (
    select
        placed.site,
        placed.line_key,
        bool_or(placed.is_sentence) as is_sentence,
        count(distinct placed.story_id) as stories,
        count(distinct placed.article_id) as articles,
        count(distinct placed.edition) as editions,
        min(placed.edition) as first_edition,
        max(placed.edition) as last_edition,
        count(*) filter (placed.position <> 'inside') / count(*) as edge_share,
        min({'edition': placed.edition, 'article_id': placed.article_id, 'line': placed.line}) as example,
        count(*) filter (placed.position = 'head') as heads,
        count(*) filter (placed.position = 'tail') as tails,
        count(*) filter (placed.position = 'inside') as insides
    from placed
    where regexp_matches(placed.line_key, '\pL')
    group by placed.site, placed.line_key
),
sites as (
    select articles.site, count(distinct members.story_id) as stories
    from stage.articles join stage.members using (article_id)
    group by articles.site
),
decided as (
    select
        coalesce(counted.site, decisions.site) as site,
        coalesce(counted.line_key, decisions.line_key) as line_key,
        coalesce(counted.example.line, decisions.line) as line,
        counted.example.article_id as example_article_id,
        counted.first_edition,
        counted.last_edition,
        coalesce(counted.stories, 0) as stories,
        coalesce(counted.articles, 0) as articles,
        coalesce(counted.editions, 0) as editions,
        coalesce(counted.edge_share, 0) as edge_share,
        case
            when counted.site is null then null
            when counted.insides >= greatest(counted.heads, counted.tails) then 'inside'
            when counted.tails >= counted.heads then 'tail'
            else 'head'
        end as position,
        coalesce(counted.is_sentence, is_sentence(decisions.line)) as is_sentence,
        coalesce(not counted.is_sentence and counted.edge_share >= getvariable('edge_share'), false) as is_furniture,
        decisions.state as decision
    from counted full join stage.decisions as decisions
        on counted.site = decisions.site and counted.line_key = decisions.line_key
    where
        decisions.state is not null
        or (counted.stories >= getvariable('min_stories') and counted.editions >= getvariable('min_editions'))
),
supported as (
    select
        decided.site,
        decided.line_key,
        decided.decision is null
        and decided.is_furniture
        and getvariable('learn_after') > 0
        and decided.stories >= getvariable('learn_after') as is_supported
    from decided
)
select
    decided.site,
    decided.line_key,
    left(sha256(decided.site || chr(10) || decided.line_key), 16) as line_id,
    decided.line,
    decided.stories,
    decided.articles,
    decided.editions,
    decided.first_edition,
    decided.last_edition,
    coalesce(decided.stories / sites.stories, 0) as share,
    decided.edge_share,
    decided.position,
    decided.is_sentence,
    decided.is_furniture,
    decided.example_article_id,
    coalesce(decided.decision, case when supported.is_supported then 'approved' else 'proposed' end) as state,
    case when decided.decision is not null then 'person' when supported.is_supported then 'support' end as decided_by
from decided
join supported using (site, line_key)
left join sites using (site)
order by decided.site, decided.line_key
