"""The shell around the transforms: files, processes, DuckDB, command line."""
