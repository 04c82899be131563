-- an edition whose input records are not all pages, repeated, unlisted, forgotten or quarantined at sources
with refused as (
    select quarantine.edition, count(*) as quarantined
    from quarantine
    where quarantine.step = 'sources'
    group by quarantine.edition
)
select
    editions.edition,
    editions.records,
    editions.pages,
    editions.repeated_records,
    editions.unlisted_records,
    editions.forgotten_records,
    coalesce(refused.quarantined, 0) as quarantined_at_sources
from editions left join refused using (edition)
where
    editions.records <> editions.pages
        + editions.repeated_records
        + editions.unlisted_records
        + editions.forgotten_records
        + coalesce(refused.quarantined, 0)
