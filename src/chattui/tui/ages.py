"""How long ago, as the list of conversations says it: now, 5 min, 3 h, Mon, Oct 3, 2024."""

from __future__ import annotations

import time

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def ago(then: float, now: float) -> str:
    """Both in Unix seconds; at most six cells, in the local time zone. Times to come count as now."""
    seconds = now - then
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h"
    try:
        day = time.localtime(then)
    except (OverflowError, OSError, ValueError):  # a document may hold any number
        return "?"
    if seconds < 6 * 86400:
        return _DAYS[day.tm_wday]
    if day.tm_year == time.localtime(now).tm_year:
        return f"{MONTHS[day.tm_mon - 1]} {day.tm_mday}"
    return str(day.tm_year)
