"""The schedule: the only place that imports Prefect."""
