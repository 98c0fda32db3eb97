"""Keeping the record logs quick to read: small files are joined, files nobody can be reading any more are removed."""

from __future__ import annotations

import logging

from tongchou.standards.errors import HouseError

from .engine.log import RecordLog
from .folders import data_root
from .plans import feeds

log = logging.getLogger(__name__)

#: A log with more files than this is joined.
MOST_FILES = 24


def compact_logs() -> int:
    """Join the files of every log that has gathered too many; returns how many logs were joined."""
    joined = 0
    for code, feed in feeds().items():
        record_log = RecordLog(data_root(), code, [field.name for field in feed.fields])
        if len(record_log.files()) <= MOST_FILES:
            continue
        try:
            record_log.compact()
        except HouseError as busy:
            log.info("log %s is not joined now: %s", code, busy.code)
            continue
        joined += 1
    return joined
