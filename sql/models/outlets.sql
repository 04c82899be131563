-- one row per outlet
-- key: site
-- site: the outlet; '(unknown)' gathers the articles whose page names none
-- first_edition: the nightly run that brought its first article
-- last_edition: the nightly run that brought its newest article
-- articles: its articles
-- languages: distinct known languages of its articles
-- main_language?: its most frequent known language, ISO 639-1; the first by name among equals
-- body_words: words of all its bodies
-- stories: distinct stories it ran
-- led_stories: stories whose lead is its own
-- copied_articles: its articles whose story is led by another outlet; another state of the lead's page is no copy
-- copied_share: copied_articles / articles
-- leftover_chars: characters of the lines cut from its pages; lines moved to a field or trimmed are not among them
-- leftover_share: leftover_chars / (leftover_chars + characters of its bodies)
with told as (
    select
        coalesce(articles.site, '(unknown)') as site,
        coalesce(stories.site, '(unknown)') as lead_site,
        articles.edition,
        articles.story_id,
        articles.is_lead,
        articles.relation = 'version' as is_version,
        articles.language,
        articles.body_words,
        length(articles.body) as body_chars
    from articles left join stories using (story_id)
),
languages as (
    select told.site, told.language, count(*) as articles
    from told
    where told.language is not null
    group by told.site, told.language
),
main_languages as (
    select
        languages.site,
        first(languages.language order by languages.articles desc, languages.language) as main_language
    from languages
    group by languages.site
),
totals as (
    select
        told.site,
        min(told.edition) as first_edition,
        max(told.edition) as last_edition,
        count(*) as articles,
        count(distinct told.language) as languages,
        sum(told.body_words)::bigint as body_words,
        sum(told.body_chars)::bigint as body_chars,
        count(distinct told.story_id) as stories,
        count(*) filter (told.is_lead) as led_stories,
        count(*) filter (told.lead_site <> told.site and not told.is_version) as copied_articles
    from told
    group by told.site
),
leavings as (
    select leftovers.site, sum(leftovers.chars)::bigint as leftover_chars
    from leftovers
    where leftovers.action = 'cut'
    group by leftovers.site
)
select
    totals.site,
    totals.first_edition,
    totals.last_edition,
    totals.articles,
    totals.languages,
    main_languages.main_language,
    totals.body_words,
    totals.stories,
    totals.led_stories,
    totals.copied_articles,
    totals.copied_articles / totals.articles as copied_share,
    coalesce(leavings.leftover_chars, 0) as leftover_chars,
    coalesce(leavings.leftover_chars / (leavings.leftover_chars + totals.body_chars), 0) as leftover_share
from totals
left join main_languages using (site)
left join leavings using (site)
order by totals.site
