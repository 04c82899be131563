-- one row per two outlets: how often the second ran a text that the first had earlier
-- key: from_site, to_site
-- A story's origin is its article with the earliest known instant: published_at, else fetched_at; the lead wins a tie,
-- then the smallest article_id. Where no article has an instant, the lead is the origin. A page that was scraped in
-- several states counts once, as the first of them: a new state of one's own page is no copy of another outlet's.
-- Limits: the origin is the first article that was scraped, not who wrote it: an agency or an outlet that nobody scraped
-- cannot appear. A day without a time counts as its midnight, and fetched_at comes after publication, so hours are coarse.
-- from_site: outlet of the origin; '(unknown)' where its page names none
-- to_site: another outlet that ran the same text; '(unknown)' where its page names none
-- articles: articles of to_site in stories that began at from_site, one a canonical address
-- stories: distinct stories among them
-- timed_articles: articles among them for which both instants are known
-- median_hours_after?: median hours from the origin to the article; null where timed_articles is 0
with told as (
    select
        articles.story_id,
        articles.article_id,
        coalesce(articles.site, '(unknown)') as site,
        articles.is_lead,
        if(articles.relation in ('lead', 'version'), 'lead', coalesce(articles.canonical_url, articles.url, articles.article_id)) as page,
        coalesce(articles.published_at, articles.fetched_at) as told_at
    from articles
    where articles.story_id is not null
),
first_states as (
    select
        told.story_id,
        told.site,
        told.told_at,
        told.is_lead,
        told.article_id
    from told
    qualify
        row_number() over (
            partition by told.story_id, told.page
            order by told.told_at nulls last, told.is_lead desc, told.article_id
        ) = 1
),
ranked as (
    select
        first_states.story_id,
        first_states.site,
        first_states.told_at,
        row_number() over (
            partition by first_states.story_id
            order by first_states.told_at nulls last, first_states.is_lead desc, first_states.article_id
        ) as place
    from first_states
),
origins as (
    select ranked.story_id, ranked.site, ranked.told_at
    from ranked
    where ranked.place = 1
),
flows as (
    select
        origins.site as from_site,
        ranked.site as to_site,
        ranked.story_id,
        (epoch_us(ranked.told_at) - epoch_us(origins.told_at)) / 3.6e9 as hours_after
    from ranked join origins using (story_id)
    where ranked.site <> origins.site
)
select
    flows.from_site,
    flows.to_site,
    count(*) as articles,
    count(distinct flows.story_id) as stories,
    count(flows.hours_after) as timed_articles,
    median(flows.hours_after) as median_hours_after
from flows
group by flows.from_site, flows.to_site
order by flows.from_site, flows.to_site
