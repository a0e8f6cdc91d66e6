"""What /proc says of a process."""

import os


def megabytes(pid, name):
    """A field of /proc/PID/status: VmHWM (the peak), RssAnon, RssFile."""
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1000


def cpu_seconds(pid):
    """User and system time so far."""
    with open(f"/proc/{pid}/stat") as line:
        fields = line.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
