"""Searches for bytes that break intake or parser, guided by the code they reach: ``make fuzz``.

Needs atheris, which has an environment of its own. The corpus in ``tests/attack/corpus`` is where
the search starts, and holds what it found; ``tests/parse/test_corpus.py`` checks all of it in the
default suite. To add an extractor (HTML, PDF, DOCX), give it a function in ``TARGETS``.

    python -m tests.attack.fuzz TARGET FOLDER-FOR-FINDS [libFuzzer's options]
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pipeline"]):
    from tests.attack import properties
    from tests.attack.kinds import KINDS
    from tests.attack.mutants import Base

CORPUS = Path(__file__).parent / "corpus"

TARGETS: dict[str, Callable[[bytes], None]] = {"sheet": properties.check}
"""What is fuzzed: a function of bytes that fails where a property does not hold."""


def _mutated(content: bytes, max_size: int, seed: int) -> bytes:
    """Bytes changed as libFuzzer does, or text damaged as `tests.attack.mutants` does."""
    chosen = random.Random(seed)  # noqa: S311
    if chosen.random() < 0.5:
        return bytes(atheris.Mutate(content, max_size))
    text = content.decode("utf-8", errors="replace")
    if len(text) < 4:
        return bytes(atheris.Mutate(content, max_size))
    base = Base.of("fuzz", text, [(0, len(text) - 1)])
    if len(base.targets) < 2:
        base = Base("fuzz", text, base.figures * 2, base.figures)
    kinds = [name for name in KINDS if name not in ("figures moved", "two to four of these")]
    return KINDS[chosen.choice(kinds)](chosen, base, text).encode()[:max_size]


def main() -> None:
    """Fuzz one target; libFuzzer's options follow its name and a folder for what it finds."""
    target, folder, *options = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    arguments = [sys.argv[0], *options, f"-artifact_prefix={folder}/", folder, str(CORPUS / target)]
    atheris.Setup(arguments, TARGETS[target], custom_mutator=_mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
