-- one row per edition, outlet and language
-- key: edition, site, language
-- edition: the nightly run
-- site: the outlet; '(unknown)' where a page names none
-- language: ISO 639-1 code; '(unknown)' where it was not recognised
-- articles: articles of the edition
-- led_stories: those that lead their story
-- stub_articles: those too short to be compared with others
-- body_words: words of their bodies
select
    articles.edition,
    coalesce(articles.site, '(unknown)') as site,
    coalesce(articles.language, '(unknown)') as language,
    count(*) as articles,
    count(*) filter (articles.is_lead) as led_stories,
    count(*) filter (articles.is_stub) as stub_articles,
    sum(articles.body_words)::bigint as body_words
from articles
group by all
order by articles.edition, site, language
