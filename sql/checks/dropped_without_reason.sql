-- a dropped record that does not say why, or still has its bytes or its text
select quarantine.edition, quarantine.quarantine_id, quarantine.source
from quarantine
where
    quarantine.is_dropped
    and (
        coalesce(trim(quarantine.dropped_because), '') = ''
        or octet_length(quarantine.bytes) > 0
        or quarantine.text is not null
    )
