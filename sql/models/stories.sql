-- one row per story: all articles tied by near-identical text
-- key: story_id
-- story_id: smallest (edition, article_id) of the story
-- lead_id: article_id of the lead, whose body is the story's text
-- title?: headline of the lead
-- site?: outlet of the lead
-- language?: language of the lead, ISO 639-1
-- url?: address of the lead
-- author?: authors of the lead, separated by '; '
-- agency?: news agencies that the lead credits, separated by ', '
-- first_published_at?: earliest known publication among its articles
-- last_published_at?: latest known publication among its articles
-- first_edition: the nightly run that brought its first article
-- last_edition: the nightly run that brought its newest article
-- articles: its articles, the lead included
-- outlets: distinct sites of its articles; articles without a site count as one
-- versions: its articles that are other states of the lead's page: the same URL, scraped again
-- copies: its articles that repeat the lead
-- excerpts: its articles that are part of the lead, or the reverse
-- updates: its articles on other pages that are earlier or later states of the lead's text
-- linked: its articles that are tied to the lead through other articles only
-- body_words: words of the lead's body
with leads as (
    select
        articles.story_id,
        articles.article_id as lead_id,
        articles.title,
        articles.site,
        articles.language,
        articles.url,
        articles.author,
        articles.agency,
        articles.body_words
    from articles
    where articles.is_lead
),
sizes as (
    select
        articles.story_id,
        min(articles.published_at) as first_published_at,
        max(articles.published_at) as last_published_at,
        min(articles.edition) as first_edition,
        max(articles.edition) as last_edition,
        count(*) as articles,
        count(distinct coalesce(articles.site, '(unknown)')) as outlets,
        count(*) filter (articles.relation = 'version') as versions,
        count(*) filter (articles.relation = 'copy') as copies,
        count(*) filter (articles.relation = 'excerpt') as excerpts,
        count(*) filter (articles.relation = 'update') as updates,
        count(*) filter (articles.relation = 'linked') as linked
    from articles
    where articles.story_id is not null
    group by articles.story_id
)
select
    sizes.story_id,
    leads.lead_id,
    leads.title,
    leads.site,
    leads.language,
    leads.url,
    leads.author,
    leads.agency,
    sizes.first_published_at,
    sizes.last_published_at,
    sizes.first_edition,
    sizes.last_edition,
    sizes.articles,
    sizes.outlets,
    sizes.versions,
    sizes.copies,
    sizes.excerpts,
    sizes.updates,
    sizes.linked,
    leads.body_words
from sizes left join leads using (story_id)
order by sizes.first_edition, sizes.story_id, leads.lead_id
