"""The straight line from raw file to statements, stage by stage."""
