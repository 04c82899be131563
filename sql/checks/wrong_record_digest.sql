-- a quarantined record whose sha256 is none, or whose whole bytes have another one or another length; those of a dropped
-- record are gone
select quarantine.edition, quarantine.quarantine_id, quarantine.source, quarantine.sha256
from quarantine
where
    not regexp_full_match(quarantine.sha256, '[0-9a-f]{64}')
    or (
        not (quarantine.is_truncated or quarantine.is_dropped)
        and (
            quarantine.sha256 <> sha256(quarantine.bytes)
            or quarantine.size_bytes <> octet_length(quarantine.bytes)
        )
    )
