"""What processes of this machine have used, as the kernel counts it (Linux)."""

import os
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of CPU of a process, with all of its threads and the children it has waited for."""
    try:
        fields = stat_fields(pid)
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) * TICK_S


def tree_cpu_s(root: int) -> float:
    """The same for a process and its living children: a database server and its backends."""
    return cpu_s(root) + sum(cpu_s(child) for child in children(root))


def children(root: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if parent(int(folder.name)) == root:
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def parent(pid: int) -> int:
    return int(stat_fields(pid)[1])


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def memory_mb(pid: int, field: str = "VmHWM") -> float:
    """Peak resident memory of a process so far (or VmRSS, what it has now), in megabytes."""
    try:
        for row in Path(f"/proc/{pid}/status").read_text().splitlines():
            if row.startswith(f"{field}:"):
                return int(row.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
