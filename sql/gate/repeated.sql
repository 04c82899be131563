-- one row per edition: the share of its records that this or an earlier edition had already
-- kind: share
-- side: high
-- says: share of records that had come before
-- of: edition
-- remedy: was an old delivery put into the inbox again?
select
    editions.edition,
    'all' as subject,
    (editions.repeated_records + editions.repeated_pages) / editions.records as seen,
    editions.records::double as weight
from editions
where
    editions.edition between getvariable('gate_first') and getvariable('gate_day')
    and editions.records > 0
order by editions.edition
