"""Tests of NCMEC State Data; they mirror the stages of the pipeline."""
