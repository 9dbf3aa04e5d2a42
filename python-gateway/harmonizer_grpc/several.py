"""Progress over several files of one stream: the harmonizer learns of a file's size only when the file begins."""

from harmonizer.v1.record_pb2 import STAGE_READING, Progress


def of_all(progress: Progress, bytes_total: int, before: float) -> Progress:
    """The progress over `bytes_total` bytes, those of all files; 0, not known, leaves it as it is.

    `before` is the percent that was told last, below which none goes.
    """
    told = Progress()
    told.CopyFrom(progress)
    if bytes_total:
        if progress.stage == STAGE_READING and 0 < progress.bytes_total < bytes_total:
            told.percent *= progress.bytes_total / bytes_total
        told.bytes_total = bytes_total
    told.percent = max(told.percent, before)
    return told
