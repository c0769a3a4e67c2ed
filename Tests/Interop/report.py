"""Checks with their figures: one line each while running, a table and a summary at the end."""

import contextlib
import fnmatch
import json
import time
from dataclasses import dataclass, field

import numpy as np


def relative_error(actual, expected):
    """Relative L2 error, in float64. An output of another shape or with NaN is infinitely wrong."""
    actual, expected = np.asarray(actual, "float64"), np.asarray(expected, "float64")
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return float("inf")
    return float(np.linalg.norm(actual - expected) / np.linalg.norm(expected))


@dataclass
class Check:
    """One comparison: what was measured, and what was wrong about it."""

    name: str
    figures: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0

    def note(self, what, value):
        self.figures[what] = value

    def within(self, what, value, limit):
        self.note(what, value)
        self.that(value <= limit, f"{what} is {shown(value)}, at most {shown(limit)} is allowed")

    def at_least(self, what, value, limit):
        self.note(what, value)
        self.that(value >= limit, f"{what} is {shown(value)}, at least {shown(limit)} is wanted")

    def equal(self, what, actual, expected):
        if actual != expected:
            self.problems.append(f"{what}: found {actual}, expected {expected}")

    def that(self, holds, problem):
        if not holds:
            self.problems.append(problem)

    @property
    def state(self):
        if self.skipped:
            return "SKIPPED"
        return "FAILED" if self.problems else "ok"

    def line(self):
        figures = "  ".join(f"{what} {shown(value)}" for what, value in self.figures.items())
        end = "; ".join(self.problems) or self.skipped
        return f"{self.state:7} {self.name:58} {figures}{'  ' if end else ''}{end}".rstrip()


def shown(value):
    return f"{value:.2e}" if isinstance(value, float) and 0 < abs(value) < 1e-2 else (
        f"{value:.4g}" if isinstance(value, float) else str(value))


class Report:
    """Collects the checks whose names match the pattern that the caller asked for."""

    def __init__(self, only="*"):
        self.only = only
        self.checks = []
        self.started = time.monotonic()

    def wants(self, name):
        """Whether to run this check; a subject's name stands for all of its checks."""
        return any(fnmatch.fnmatch(name, p) for p in (self.only, f"{self.only}/*"))

    @contextlib.contextmanager
    def check(self, name):
        """Whatever goes wrong inside is this check's failure, and the next one still runs."""
        check, start = Check(name), time.monotonic()
        try:
            yield check
        except Exception as error:  # a check that cannot run has failed, whatever the reason
            text = str(error).strip() or repr(error)
            check.problems.append(f"{type(error).__name__}: {text.splitlines()[0]}")
        check.seconds = round(time.monotonic() - start, 3)
        self.checks.append(check)
        print(check.line(), flush=True)

    def add(self, part):
        """Takes over the checks of another report."""
        self.checks += part.checks

    def count(self, state):
        return sum(check.state == state for check in self.checks)

    @property
    def passed(self):
        return self.count("FAILED") == 0 and self.count("ok") > 0

    def summary(self):
        minutes = (time.monotonic() - self.started) / 60
        counts = f"{self.count('ok')} passed, {self.count('FAILED')} failed, {self.count('SKIPPED')} skipped"
        return f"\nThe comparison with Keras took {minutes:.1f} minutes.\n{counts}"

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        rows = [
            {"name": c.name, "state": c.state, "seconds": c.seconds, "figures": c.figures,
             "problems": c.problems} for c in self.checks]
        (folder / "report.json").write_text(json.dumps(rows, indent=1) + "\n")
        (folder / "report.md").write_text(self.markdown())

    def markdown(self):
        lines = ["| check | result | figures | seconds |", "|---|---|---|---|"]
        for c in self.checks:
            figures = ", ".join(f"{what} {shown(value)}" for what, value in c.figures.items())
            problems = "; ".join(c.problems).replace("|", "\\|")
            lines.append(f"| {c.name} | {c.state} {problems} | {figures} | {c.seconds:.1f} |")
        return "\n".join(lines) + "\n" + self.summary() + "\n"
