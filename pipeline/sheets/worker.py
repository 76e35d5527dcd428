"""The process in which documents are extracted: nothing of theirs touches the one that asks.

Reads requests from standard input, a format and a length before each content; gives
answers on standard output. Ends when its input ends, and so with whoever started it.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from dataclasses import astuple
from typing import BinaryIO

from pipeline.sheets.extracted import Extracted
from pipeline.sheets.formats import NotTextError

REQUEST = struct.Struct(">4sI")
"""The format's name, padded, and the length of the content behind it."""

ANSWER = struct.Struct(">II")
"""The lengths of the JSON answer and of the layout behind it."""

OUT_OF_MEMORY = "needs more memory to extract than a sheet may; it is no sheet, or made to do harm"


def main() -> None:
    """Answer requests until the input ends; the memory limit in bytes is the first argument."""
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries that print must not write into the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        name, length = REQUEST.unpack(head)
        content = requests.read(length)
        _answer(answers, _extract(name.rstrip(b"\0").decode("ascii"), content))


def _extract(name: str, content: bytes) -> Extracted | str:
    """What a document holds, or why it holds nothing."""
    # Each format's library is loaded when the first such document comes.
    try:
        if name == "pdf":
            from pipeline.sheets.pdf import extract_pdf

            return extract_pdf(content)
        if name == "html":
            from pipeline.sheets.web import extract_html

            return extract_html(content)
        assert name == "docx", name
        from pipeline.sheets.word import extract_docx

        return extract_docx(content)
    except NotTextError as error:
        return str(error)
    except MemoryError:
        return OUT_OF_MEMORY


def _answer(answers: BinaryIO, result: Extracted | str) -> None:
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
