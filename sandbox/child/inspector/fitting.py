"""Keeps a report below its longest size: pictures of what did not change go first."""

import msgspec
from msgspec.structs import replace

from sandbox.inspection import MOST_REPORT_BYTES, Inspection, TensorReport

_FRAME_BYTES = 512

_encoder = msgspec.msgpack.Encoder()


def fit(inspection: Inspection) -> Inspection:
    """Return `inspection`, with less in it where it is too long to be sent."""
    room = MOST_REPORT_BYTES - _FRAME_BYTES
    if _size(inspection) <= room:
        return inspection
    room -= _size(replace(inspection, tensors=()))
    fitted = _fitted(inspection.tensors, room)
    left_out = len(inspection.tensors) - len(fitted)
    return replace(inspection, tensors=tuple(fitted), omitted=inspection.omitted + left_out)


def _fitted(reports: tuple[TensorReport, ...], room: int) -> list[TensorReport]:
    """Return the first reports that fit without pictures; those that changed get theirs back first."""
    fitted: list[TensorReport] = []
    for report in reports:
        bare = replace(report, grid=None, preview=None, histogram=None)
        room -= _size(bare)
        if room < 0:
            break
        fitted.append(bare)
    for at in sorted(range(len(fitted)), key=lambda at: reports[at].change == "unchanged"):
        more = _size(reports[at]) - _size(fitted[at])
        if more <= room:
            room -= more
            fitted[at] = reports[at]
    return fitted


def _size(record: msgspec.Struct) -> int:
    return len(_encoder.encode(record))
