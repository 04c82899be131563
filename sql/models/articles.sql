-- one row per page after cleaning, with the story it belongs to
-- key: article_id
-- story_id: smallest (edition, article_id) of the story
-- is_lead: the story's best copy: preferred outlet, longest complete text, then earliest, then smallest id
-- relation: to the lead: lead, version, copy, excerpt, update, or linked (through other members)
-- similarity: share of this text found in the lead; 1 for the lead itself
select
    articles.article_id,
    articles.edition,
    members.story_id,
    members.is_lead,
    members.relation,
    members.similarity,
    articles.source,
    articles.site,
    articles.url,
    articles.fetched_at,
    articles.charset,
    articles.charset_method,
    articles.title,
    articles.author,
    articles.published_at,
    articles.published_at_source,
    articles.published_raw,
    articles.language,
    articles.body,
    articles.credits,
    articles.agency,
    articles.dateline,
    articles.signoff,
    articles.republished_from,
    articles.captions,
    articles.is_updated,
    articles.is_stub,
    articles.is_overcut,
    articles.text_lines,
    articles.body_words,
    articles.cut_lines,
    articles.cut_chars
from stage.articles left join stage.members using (article_id)
order by
    articles.edition,
    articles.site nulls last,
    articles.published_at nulls last,
    articles.article_id
