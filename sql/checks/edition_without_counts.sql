-- an edition that has articles or quarantined records, but no row in editions
with seen as (
    select articles.edition from articles
    union
    select quarantine.edition from quarantine
)
select seen.edition
from seen anti join editions using (edition)
