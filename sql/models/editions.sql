-- one row per nightly run
-- key: edition
with kept as (
    select
        articles.edition,
        count(*) as articles,
        sum(articles.cut_lines)::bigint as cut_lines,
        sum(articles.cut_chars)::bigint as cut_chars
    from articles
    group by articles.edition
),
repeated as (
    select arrivals.edition, count(*) as repeated_pages
    from stage.arrivals
    where not arrivals.is_first
    group by arrivals.edition
),
refused as (
    select quarantine.edition, count(*) as quarantined
    from quarantine
    group by quarantine.edition
)
select
    edition_counts.edition,
    edition_counts.records,
    edition_counts.pages,
    edition_counts.repeated_records,
    edition_counts.unlisted_records,
    edition_counts.forgotten_records,
    coalesce(repeated.repeated_pages, 0) as repeated_pages,
    coalesce(kept.articles, 0) as articles,
    coalesce(refused.quarantined, 0) as quarantined,
    coalesce(kept.cut_lines, 0) as cut_lines,
    coalesce(kept.cut_chars, 0) as cut_chars,
    edition_counts.rules_digest,
    edition_counts.code_digest,
    edition_counts.memory_digest,
    edition_counts.classifier_digest
from stage.edition_counts
left join kept using (edition)
left join repeated using (edition)
left join refused using (edition)
order by edition_counts.edition
