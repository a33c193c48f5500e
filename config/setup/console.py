"""What the user sees: numbered steps, how far each is, and one clear sentence when
something is wrong."""

import sys
import time
from contextlib import contextmanager


class SetupError(Exception):
    """An obstacle that the user can remove; its text is the sentence shown."""


def say(message=""):
    print(message, flush=True)


def fail(message):
    print(f"Erreur : {message}", file=sys.stderr, flush=True)


def duration(seconds):
    """Return a French duration.

    >>> duration(4.21), duration(127)
    ('4,2 s', '2 min 07 s')
    """
    if seconds < 60:
        return f"{seconds:.1f} s".replace(".", ",")
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


class Step:
    """One line of progress, rewritten in place on a terminal."""

    # Elsewhere (CI, redirected output), one line per tenth of the work is enough.
    _LINES = 10

    def __init__(self, label, quiet=False):
        self.label = label
        self.done = None
        self._quiet = quiet
        self._part = (0, 1)
        self._shown = ""
        self._tenth = 0
        self._terminal = sys.stdout.isatty()
        self._write("…", final=not self._terminal)

    @contextmanager
    def part(self, start, end):
        """Say that the block is this part of the part under way (shares of one)."""
        outer = self._part
        size = outer[1] - outer[0]
        self._part = (outer[0] + size * start, outer[0] + size * end)
        try:
            yield
        finally:
            self._part = outer

    def progress(self, value, total):
        """Show how far the part is; ``total`` may be unknown (0)."""
        if not total:
            return
        start, end = self._part
        share = start + (end - start) * min(value / total, 1)
        if self._terminal:
            self._write(f"… {share:.0%}".replace("%", " %"))
        elif int(share * self._LINES) > self._tenth:
            self._tenth = int(share * self._LINES)
            self._write(f"… {share:.0%}".replace("%", " %"), final=True)

    def close(self, text):
        self._write(text, final=True)

    def _write(self, text, final=False):
        if self._quiet:
            return
        line = f"{self.label} {text}"
        if self._terminal:
            line = "\r" + line.ljust(len(self._shown))
        self._shown = "" if final else line.strip("\r")
        print(line, end="\n" if final else "", flush=True)


class Steps:
    """Numbered steps of one command, each closed by the time it took."""

    def __init__(self, total, quiet=False):
        self.total = total
        self.quiet = quiet
        self.number = 0

    @contextmanager
    def step(self, label):
        self.number += 1
        step = Step(f"[{self.number}/{self.total}] {label}", self.quiet)
        start = time.monotonic()
        try:
            yield step
        except BaseException:
            step.close("interrompu")
            raise
        step.close(step.done or f"fait en {duration(time.monotonic() - start)}")
