"""The process that extracts documents, each in a fork: none touches another, or the one that asks.

Reads requests from standard input, a format and a length before each content; gives
answers on standard output. Ends when its input ends, and so with whoever started it.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import struct
import sys
from collections.abc import Callable
from dataclasses import astuple
from typing import BinaryIO, NoReturn

from pipeline.sheets.extracted import Extraction
from pipeline.sheets.formats import NotTextError

REQUEST = struct.Struct(">4sI")
"""The format's name, padded, and the length of the content behind it."""

ANSWER = struct.Struct(">II")
"""The lengths of the JSON answer and of the layout behind it."""

OUT_OF_MEMORY = 77
"""Exit code of an extraction that needs more memory than it may have."""

SIGNAL = 128
"""What is added to the number of a signal that ended an extraction, as shells do."""


def main() -> None:
    """Answer requests until the input ends, or an extraction does not end well.

    The arguments are most bytes of address space and most seconds of processor time for one.
    """
    memory, seconds = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries that print must not write into the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        _serve(sys.stdin.buffer, answers, seconds)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


def _serve(requests: BinaryIO, answers: BinaryIO, seconds: int) -> None:
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        name, length = REQUEST.unpack(head)
        content = requests.read(length)
        extract = _extractor_of(name.rstrip(b"\0").decode("ascii"))
        # Each document has a process that has seen no other. What lies in memory is left there:
        # a collection of garbage would copy it all into the fork.
        gc.freeze()
        child = os.fork()
        if child == 0:
            gc.disable()
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            _run(extract, content, answers)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            sys.exit(code if code > 0 else SIGNAL - code)


def _extractor_of(name: str) -> Callable[[bytes], Extraction]:
    """What extracts a format; its library is loaded when the first such document comes."""
    if name == "pdf":
        from pipeline.sheets.pdf import extract_pdf

        return extract_pdf
    if name == "html":
        from pipeline.sheets.web import extract_html

        return extract_html
    assert name == "docx", name
    from pipeline.sheets.word import extract_docx

    return extract_docx


def _run(extract: Callable[[bytes], Extraction], content: bytes, answers: BinaryIO) -> NoReturn:
    """Extract a document, answer, and end the process."""
    code = 1
    try:
        _answer(answers, _extracted(extract, content))
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        os._exit(code)


def _extracted(extract: Callable[[bytes], Extraction], content: bytes) -> Extraction | str:
    """What a document holds, or why it holds nothing."""
    try:
        return extract(content)
    except NotTextError as error:
        return str(error)


def _answer(answers: BinaryIO, result: Extraction | str) -> None:
    layout = b""
    if isinstance(result, str):
        body: dict[str, object] = {"problem": result}
    else:
        layout = result.layout or b""
        skipped = [astuple(entry) for entry in result.skipped]
        body = {"text": result.text, "encoding": result.encoding, "skipped": skipped}
    said = json.dumps(body).encode()
    answers.write(ANSWER.pack(len(said), len(layout)) + said + layout)
    answers.flush()


if __name__ == "__main__":
    main()
