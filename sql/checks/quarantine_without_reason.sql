-- a quarantined record without a reason
select quarantine.edition, quarantine.quarantine_id, quarantine.source
from quarantine
where trim(quarantine.reason) = ''
