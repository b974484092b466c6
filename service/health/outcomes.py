"""Good and bad calls of one endpoint, counted so that the order in which they are told hardly matters."""

from bisect import insort

WINDOW_SECONDS = 30
LONGEST_RUN = 8
"""More failures in a row than that say nothing new."""


class Outcomes:
    """Counts calls: all since it was made, those of the newest 30 seconds, and failures in a row."""

    def __init__(self) -> None:
        self.good = 0
        self.bad = 0
        self._seconds: dict[int, list[int]] = {}  # good and bad calls of each
        self._latest = 0
        self._last_good = float("-inf")
        self._newest_bad: list[float] = []

    def add(self, at: float, *, good: bool) -> None:
        """Counts a call that ended at `at`, in Unix seconds."""
        if good:
            self.good += 1
            self._last_good = max(self._last_good, at)
        else:
            self.bad += 1
            insort(self._newest_bad, at)
            del self._newest_bad[:-LONGEST_RUN]
        second = int(at)
        counts = self._seconds.get(second)
        if counts is None:
            self._latest = max(self._latest, second)
            oldest = self._latest - WINDOW_SECONDS
            self._seconds = {each: its for each, its in self._seconds.items() if each > oldest}
            if second <= oldest:
                return
            counts = self._seconds[second] = [0, 0]
        counts[0 if good else 1] += 1

    @property
    def bad_in_a_row(self) -> int:
        """How many failures came after the newest success, as far as 8."""
        return sum(at > self._last_good for at in self._newest_bad)

    def recent(self) -> tuple[int, int]:
        """The good and the bad calls of the 30 seconds before the newest."""
        counts = self._seconds.values()
        return sum(each[0] for each in counts), sum(each[1] for each in counts)
