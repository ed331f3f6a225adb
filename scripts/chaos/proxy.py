"""A TCP proxy that can be cut (connections are reset), frozen (nothing passes) and healed."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from scripts.native_postgres import free_port

CHUNK = 65536
# Close without a goodbye: the peer sees a reset.
ABORT = struct.pack("ii", 1, 0)


class Listener(Protocol):
    """Who reads along on one connection."""

    def to_client(self, data: bytes) -> None: ...
    def to_server(self, data: bytes) -> None: ...


class Deaf:
    """Nobody reads along."""

    def to_client(self, data: bytes) -> None: ...
    def to_server(self, data: bytes) -> None: ...


class Proxy:
    """Stands between a client and a server, `target`, in a thread of its own."""

    def __init__(self, target: tuple[str, int], listener: Callable[[], Listener] = Deaf) -> None:
        self.port = free_port()
        self.connections = 0
        self._target = target
        self._listener = listener
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._is_cut = False
        self._flows = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._call(self._listen())

    def stop(self) -> None:
        self._call(self._abort_all())
        self._call(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def cut(self) -> None:
        """Reset what is connected, and whoever connects."""
        self._is_cut = True
        self._call(self._abort_all())

    def freeze(self) -> None:
        """Let nothing pass; connections stay, new ones hang."""
        self._call(self._set_flow(False))

    def heal(self) -> None:
        self._is_cut = False
        self._call(self._set_flow(True))

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._flows.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _set_flow(self, flows: bool) -> None:
        if flows:
            self._flows.set()
        else:
            self._flows.clear()

    async def _abort_all(self) -> None:
        for writer in list(self._writers):
            abort(writer)

    async def _cancel_all(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Transports close their sockets in the next turn.
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            abort(writer)
            return
        try:
            await self._flows.wait()
            server_reader, server_writer = await asyncio.open_connection(*self._target)
        except OSError:
            abort(writer)
            return
        self.connections += 1
        listener = self._listener()
        both = {writer, server_writer}
        self._writers |= both
        try:
            await asyncio.gather(
                self._pump(reader, server_writer, listener.to_server),
                self._pump(server_reader, writer, listener.to_client),
            )
        finally:
            self._writers -= both
            for end in both:
                end.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        seen: Callable[[bytes], None],
    ) -> None:  # fmt: skip
        """Whatever a side said before it went away still reaches the other."""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flows.wait()
                seen(data)
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()


def abort(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    writer.transport.abort()
