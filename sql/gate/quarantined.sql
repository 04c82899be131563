-- one row per edition: the share of its records that are in quarantine
-- kind: share
-- side: high
-- says: share of records in quarantine
-- of: edition
-- remedy: which reasons are new? from quarantine; has a source another format?
select
    editions.edition,
    'all' as subject,
    (editions.quarantined + editions.unlisted_records) / editions.records as seen,
    editions.records::double as weight
from editions
where
    editions.edition between getvariable('gate_first') and getvariable('gate_day')
    and editions.records > 0
order by editions.edition
