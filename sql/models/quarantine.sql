-- one row per input record that could not be processed
-- key: edition, quarantine_id
-- is_dropped: a person gave the record up: it is counted, but its bytes and text are gone, and no run waits for it
-- dropped_because?: why nothing can be had of it, as the person said
select
    quarantine.quarantine_id,
    quarantine.edition,
    quarantine.source,
    quarantine.source_offset,
    quarantine.size_bytes,
    quarantine.sha256,
    quarantine.step,
    quarantine.reason,
    quarantine.page_id,
    case when drops.quarantine_id is null then quarantine.bytes else ''::blob end as bytes,
    quarantine.is_truncated,
    quarantine.records,
    case when drops.quarantine_id is null then quarantine.text end as text,
    drops.quarantine_id is not null as is_dropped,
    drops.dropped_because
from stage.quarantine
left join stage.drops using (edition, quarantine_id)
order by quarantine.edition, quarantine.source, quarantine.source_offset, quarantine.quarantine_id
