"""PDFs written by hand, byte for byte: what no typesetter sets, but a file can hold."""

from __future__ import annotations

FONTS = "/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> /F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>"


def handwritten(
    content: str | list[str],
    *,
    page: str = "",
    catalog: str = "",
    resources: str = "",
    objects: dict[int, str | tuple[str, str]] | None = None,
) -> bytes:
    """A PDF whose pages draw ``content``.

    Args:
        content: a page's drawing, or one a page.
        page: further entries of every page, such as a crop box; its media box is a letter's.
        catalog: further entries of the catalog, such as its layers.
        resources: further resources of the pages beside the fonts F1 and F2.
        objects: further objects by number from 20: a dictionary, or one and its stream.
    """
    drawings = [content] if isinstance(content, str) else content
    shared = f"/Resources << /Font << {FONTS} >> {resources} >> /MediaBox [0 0 612 792]"
    kids = " ".join(f"{100 + 2 * number} 0 R" for number in range(len(drawings)))
    numbered: dict[int, str | tuple[str, str]] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(drawings)} {shared} >>",
        **(objects or {}),
    }
    for number, drawing in enumerate(drawings):
        place = 100 + 2 * number
        numbered[place] = f"<< /Type /Page /Parent 2 0 R /Contents {place + 1} 0 R {page} >>"
        numbered[place + 1] = ("<< >>", drawing)
    return _written(numbered)


def words(text: str, *, x: float = 72, y: float = 700, size: float = 12, before: str = "") -> str:
    """A drawing of words in Helvetica; ``before`` are operators that go first."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 {size} Tf {x} {y} Td {before} ({escaped}) Tj ET\n"


def _written(objects: dict[int, str | tuple[str, str]]) -> bytes:
    body = bytearray(b"%PDF-1.7\n")
    offsets: dict[int, int] = {}
    for number, entry in sorted(objects.items()):
        offsets[number] = len(body)
        if isinstance(entry, str):
            body += f"{number} 0 obj {entry} endobj\n".encode("latin-1")
        else:
            dictionary, stream = entry
            head = dictionary.removesuffix(">>") + f"/Length {len(stream.encode('latin-1'))} >>"
            body += f"{number} 0 obj {head}\nstream\n{stream}\nendstream endobj\n".encode("latin-1")
    start = len(body)
    rows = "".join(f"{number} 1\n{offset:010} 00000 n \n" for number, offset in offsets.items())
    body += f"xref\n0 1\n0000000000 65535 f \n{rows}trailer << /Size {max(offsets) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(body)
