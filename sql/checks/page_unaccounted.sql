-- an edition whose pages are not all articles, repeated pages or quarantined after sources
with refused as (
    select quarantine.edition, count(*) as quarantined
    from quarantine
    where quarantine.step <> 'sources'
    group by quarantine.edition
)
select
    editions.edition,
    editions.pages,
    editions.articles,
    editions.repeated_pages,
    coalesce(refused.quarantined, 0) as quarantined_after_sources
from editions left join refused using (edition)
where editions.pages <> editions.articles + editions.repeated_pages + coalesce(refused.quarantined, 0)
