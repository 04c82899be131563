-- one row per input record that could not be processed
select
    quarantine_id,
    edition,
    source,
    source_offset,
    size_bytes,
    sha256,
    step,
    reason,
    page_id,
    bytes,
    is_truncated,
    coalesce(records, 1) as records,
    text
from read_parquet(getvariable('quarantine_files'), hive_partitioning = false, union_by_name = true)
