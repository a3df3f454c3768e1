"""How the threads of this program share the processor with those of others."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

TASKS = Path("/proc/self/task")


def give_up_real_time() -> None:
    """Let every thread of this program wait its turn again, after a library has made some real-time ones.

    SVT-AV1 gives itself and the thread that opens it the highest real-time priority wherever it may, as root does.
    Programs started from there inherit it; on a machine with few cores they leave none for anything else.
    """
    if not TASKS.is_dir():
        return
    for thread in map(int, os.listdir(TASKS)):
        with suppress(ProcessLookupError):
            if os.sched_getscheduler(thread) in (os.SCHED_FIFO, os.SCHED_RR):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
