"""Wakes a thread that waits in select() from another one."""

import os
from contextlib import suppress
from typing import Any


class Wake:
    """A pipe whose end is readable once `up` was called, until `clear`."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)

    def fileno(self) -> int:
        return self._reader

    def up(self, _: Any = None) -> None:
        with suppress(BlockingIOError):  # it is full, and so readable
            os.write(self._writer, b"!")

    def clear(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._reader, 4096):
                pass

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)
