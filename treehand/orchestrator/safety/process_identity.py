"""Identity of a process: its number, its start and its computer."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

if sys.platform == "win32":
    import ctypes


@dataclass(frozen=True)
class ProcessIdentity:
    """One process of one computer; a later process with the same number is another one."""

    pid: int
    started: str = ""
    """Boot and start of the process, where the system tells them; empty elsewhere."""
    host: str = ""

    @classmethod
    def own(cls) -> ProcessIdentity:
        """Return the identity of this process."""
        return _identity_of(os.getpid())

    @property
    def started_s(self) -> float | None:
        """Return the start in seconds since the computer was booted; None where nobody tells."""
        ticks = self.started.rpartition("-")[2]
        return int(ticks) / os.sysconf("SC_CLK_TCK") if ticks.isdecimal() else None

    @property
    def is_alive(self) -> bool:
        """Return True if the process lives; True, too, for one of another computer."""
        if self.host != _host():
            return True
        return _exists(self.pid) and (not self.started or self.started == _started(self.pid))


def since_boot_s() -> float | None:
    """Return the time since the computer was booted, in seconds; None where nobody tells."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else None


@cache
def _identity_of(pid: int) -> ProcessIdentity:
    return ProcessIdentity(pid, _started(pid), _host())


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _started(pid: int) -> str:
    """Return the boot and the clock tick at which a process began; empty where nobody tells."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return f"{boot[:8]}-{stat.rpartition(b')')[2].split()[19].decode()}"
    except (OSError, IndexError):
        return ""


def _exists(pid: int) -> bool:
    if sys.platform == "win32":  # where `os.kill` would end the process
        synchronize, still_running = 0x00100000, 0x102
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(synchronize, False, pid)
        if not handle:
            return False
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == still_running)
        finally:
            kernel.CloseHandle(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True
