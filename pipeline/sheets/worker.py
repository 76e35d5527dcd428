"""The process that extracts documents, each in a fork: none touches another, or the one that asks.

Reads requests from the socket that is its standard input, a format and a length before each
content, and answers there. Ends when its input ends, and so with whoever started it.
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
    answers = os.fdopen(os.dup(0), "wb")
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
        answers.write(_answer(extract, content))
        answers.flush()
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        os._exit(code)


def _answer(extract: Callable[[bytes], Extraction], content: bytes) -> bytes:
    """What a document holds, or why it holds nothing."""
    layout = b""
    try:
        found = extract(content)
    except NotTextError as error:
        body: dict[str, object] = {"problem": str(error)}
    else:
        layout = found.layout or b""
        skipped = [astuple(entry) for entry in found.skipped]
        body = {"text": found.text, "encoding": found.encoding, "skipped": skipped}
    said = json.dumps(body).encode()
    return ANSWER.pack(len(said), len(layout)) + said + layout


if __name__ == "__main__":
    main()
