"""Time and memory of commands, and where the results go.

Imports nothing but the standard library: Linux counts the memory of the process that starts a command
into that command's peak (wait4), so this one has to stay small. Its own 15 MB are what `cp` seems to use.
"""

import datetime
import json
import os
import platform
import select
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"
MEGABYTE = 1e6
SMALL = 5
# Milliseconds. Looking more often takes time from a command that uses all cores.
SAMPLING = 10


@dataclass
class Usage:
    """One run: seconds, and the peak memory in MB of each process by its name."""

    seconds: float
    # Of the largest process, as wait4 reports it for the command and its children.
    peak: float
    # Each process of more than SMALL megabytes.
    processes: dict


def run(command):
    """Runs a command to its end. Peaks of single processes are sampled, so the last instant may be missed."""
    start = time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    seen = {}
    ended = select.poll()
    ended.register(os.pidfd_open(child.pid), select.POLLIN)
    while not ended.poll(SAMPLING):
        for process in [child.pid, *_children(child.pid)]:
            seen.update(_peak(process))
    seconds = time.perf_counter() - start
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    return Usage(seconds, usage.ru_maxrss * 1024 / MEGABYTE, seen)


def _children(pid):
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def _peak(pid):
    """The process's name with its largest resident size so far; nothing when it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    if "VmHWM" not in fields:
        return {}
    peak = int(fields["VmHWM"].split()[0]) * 1024 / MEGABYTE
    return {fields["Name"].strip(): peak} if peak > SMALL else {}


def alternated(contenders, rounds, before=lambda: None):
    """Runs every contender in turn, several rounds long: a disturbance hits all of them alike."""
    usages = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, command in contenders.items():
            before()
            usages[name].append(run(command))
    return {name: median(found) for name, found in usages.items()}


def median(usages):
    names = {name for usage in usages for name in usage.processes}
    return Usage(
        statistics.median(u.seconds for u in usages), max(u.peak for u in usages),
        {name: max(u.processes.get(name, 0) for u in usages) for name in sorted(names)})


def machine():
    info = Path("/proc/cpuinfo").read_text()
    model = next((l.split(":", 1)[1].strip() for l in info.splitlines() if l.startswith("model name")), "?")
    return f"{os.cpu_count()} × {model}, {platform.system()} {platform.machine()}"


def publish(name, header, rows, **facts):
    """Prints the table and writes it, with machine and date, into `results/`."""
    date = datetime.date.today().isoformat()
    table = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    table += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    load = f"load average {os.getloadavg()[0]:.1f}"
    print(f"\n{machine()}, {date}, {load}\n\n" + "\n".join(table))
    RESULTS.mkdir(exist_ok=True)
    result = {"machine": machine(), "date": date, "load": load, "header": header, "rows": rows, **facts}
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
