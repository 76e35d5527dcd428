"""Reporting years as Dagster partitions: which there are, and how a run names several.

Reads the partitions that the raw folder has, keeps an instance's in step with them.
"""

from __future__ import annotations

import dagster as dg

YEARS = dg.DynamicPartitionsDefinition(name="reporting_year")


def sync_partitions(instance: dg.DagsterInstance, found: list[str]) -> list[str]:
    """Make the instance's partitions those that are found, and give them in its order."""
    name = str(YEARS.name)
    for gone in set(instance.get_dynamic_partitions(name)) - set(found):
        instance.delete_dynamic_partition(name, gone)
    instance.add_dynamic_partitions(name, found)
    return list(instance.get_dynamic_partitions(name))


def range_tags(keys: list[str], wanted: list[str]) -> dict[str, str]:
    """The tags of one run over the shortest range of ``keys`` that holds all that are wanted."""
    places = [keys.index(partition) for partition in wanted]
    return {
        "dagster/asset_partition_range_start": keys[min(places)],
        "dagster/asset_partition_range_end": keys[max(places)],
    }
