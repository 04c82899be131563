-- one row per input record that could not be processed
-- key: edition, quarantine_id
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
    quarantine.bytes,
    quarantine.is_truncated
from stage.quarantine
order by quarantine.edition, quarantine.source, quarantine.source_offset, quarantine.quarantine_id
