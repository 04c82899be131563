-- one row per nightly run, with what its sources counted
select
    edition,
    records,
    pages,
    repeated_records,
    unlisted_records,
    forgotten_records,
    rules_digest,
    code_digest,
    memory_digest,
    classifier_digest
from read_parquet(getvariable('edition_counts_files'), hive_partitioning = false)
