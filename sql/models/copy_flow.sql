-- one row per two outlets: how often the second ran a text that the first had earlier
-- key: from_site, to_site
-- A story's origin is its article with the earliest known instant: published_at, else fetched_at; the lead wins a tie,
-- then the smallest article_id. Where no article has an instant, the lead is the origin.
-- Limits: the origin is the first article that was scraped, not who wrote it: an agency or an outlet that nobody scraped
-- cannot appear. A day without a time counts as its midnight, and fetched_at comes after publication, so hours are coarse.
-- from_site: outlet of the origin; '(unknown)' where its page names none
-- to_site: another outlet that ran the same text; '(unknown)' where its page names none
-- articles: articles of to_site in stories that began at from_site
-- stories: distinct stories among them
-- timed_articles: articles among them for which both instants are known
-- median_hours_after?: median hours from the origin to the article; null where timed_articles is 0
with told as (
    select
        articles.story_id,
        articles.article_id,
        coalesce(articles.site, '(unknown)') as site,
        articles.is_lead,
        coalesce(articles.published_at, articles.fetched_at) as told_at
    from articles
    where articles.story_id is not null
),
ranked as (
    select
        told.story_id,
        told.site,
        told.told_at,
        row_number() over (
            partition by told.story_id
            order by told.told_at nulls last, told.is_lead desc, told.article_id
        ) as place
    from told
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
