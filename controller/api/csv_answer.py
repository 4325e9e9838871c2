"""CSV and files as answers. CSV is UTF-8 with its mark, and no cell in it runs as a formula."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

from fastapi.responses import StreamingResponse

from controller.registry.exporting import csv_lines
from inventory.registry.harmless import harmless

__all__ = ["XLSX", "csv_answer", "file_answer", "harmless"]

SPOOL = 8 * 1024 * 1024  # a file stays in memory up to here
PIECE = 256 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingResponse:
    return StreamingResponse(
        csv_lines(columns, rows), media_type="text/csv; charset=utf-8", headers=_headers(f"{name}.csv")
    )


def file_answer(name: str, kind: str, write: Callable[[IO[bytes]], None]) -> StreamingResponse:
    """What ``write`` writes, as a download; written whole first, so that a failure is an answer and not half a file."""
    file = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed when it has been sent
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    return StreamingResponse(_pieces(file), media_type=kind, headers=_headers(name))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
