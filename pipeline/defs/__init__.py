"""The stages as Dagster assets; nothing to the left of here imports Dagster."""
