-- one row per edition: its input records
-- kind: total
-- says: records
-- of: edition
-- remedy: are files missing from the inbox, or those of other days in it?
select
    editions.edition,
    'all' as subject,
    editions.records::double as seen,
    1.0 as weight
from editions
where editions.edition between getvariable('gate_first') and getvariable('gate_day')
order by editions.edition
