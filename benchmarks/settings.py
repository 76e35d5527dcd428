"""What a run of the benchmarks measures: sizes, repetitions and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import write_corpus

SEED = 0


@dataclass(frozen=True)
class Settings:
    """Sizes in sheets, ascending; ``runs`` of everything; ``folder`` for corpora and scratch.

    ``workers`` are the numbers of workers with which Dask and the pool compete, ``charts`` is where
    charts go, None for nowhere.
    """

    sizes: tuple[int, ...]
    runs: int
    folder: Path
    workers: tuple[int, ...] = (1, 2, 4)
    charts: Path | None = None

    @property
    def scratch(self) -> Path:
        """Where runs have their folders, on the same disk as the corpora."""
        return self.folder / "scratch"

    @property
    def middle(self) -> int:
        """The size for measurements of single stages: the largest up to 10,000 sheets."""
        return max((size for size in self.sizes if size <= 10_000), default=self.sizes[0])

    def corpus(self, sheets: int) -> Path:
        """The corpus of that size, written if it is not there yet."""
        folder = self.folder / f"{sheets}-{SEED}"
        if not (folder / "complete").exists():
            write_corpus(folder, sheets, SEED)
            (folder / "complete").touch()
        return folder
