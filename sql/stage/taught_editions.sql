-- one row per edition that was judged by all that persons have decided until now
-- The digest is that of SiteMemory in transforms/site_memory.py.
with decided as (
    select
        coalesce(
            left(
                sha256(
                    string_agg(
                        concat_ws(chr(9), decisions.site, decisions.line_key, decisions.state),
                        chr(10) order by decisions.site, decisions.line_key
                    )
                ),
                16
            ),
            ''
        ) as digest
    from stage.decisions
)
select edition_counts.edition
from stage.edition_counts join decided on split_part(edition_counts.memory_digest, '+', 1) = decided.digest
