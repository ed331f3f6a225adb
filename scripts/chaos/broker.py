"""The broker that faults happen to."""

import signal

from scripts.native_mosquitto import NativeMosquitto


class Broker(NativeMosquitto):
    """A Mosquitto that can say what it has saved and dropped."""

    def terminate(self) -> None:
        self.end()

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def saved_at(self) -> float:
        """When (time.time) the broker last saved what it holds; 0 where it never did."""
        return self.store.stat().st_mtime if self.store.exists() else 0.0

    def has_dropped(self) -> bool:
        """Whether a queue ran over, which publishers are never told."""
        return "being dropped" in self.log.read_text(errors="replace")
