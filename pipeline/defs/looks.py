"""How often the daemon's sensors look, where an operator wants it otherwise than usual."""

from __future__ import annotations

import os


def seconds(usual: int) -> int:
    """Seconds between two looks of a sensor: ``STATEDATA_LOOK_SECONDS``, or what is usual for it."""
    return int(os.environ.get("STATEDATA_LOOK_SECONDS") or usual)
