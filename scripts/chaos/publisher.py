"""Publishes the numbered messages steadily and keeps which of them the broker acknowledged.

A process of its own, as a machine would be: it knows nothing of the faults. What is not yet
acknowledged when the connection breaks is sent again, the same message; nothing else is.
It talks in lines of JSON: a command on standard input, its progress on standard output.
"""

import json
import os
import select
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from scripts.chaos.traffic import Traffic

WINDOW = 1000
# What waited for the broker goes out at most so much faster than the steady rate.
CATCH_UP = 2.0
REPORT_S = 0.1
TICK_S = 0.005


class Publisher:
    def __init__(self, traffic: Traffic, port: int, rate: float) -> None:
        self._traffic = traffic
        self._port = port
        self._rate = rate
        self._client: paho.Client | None = None
        self._is_connected = False
        self._next = 0
        self._again: deque[int] = deque()
        # Message id of the connection -> number, in the order sent.
        self._waiting: dict[int, int] = {}
        # When (time.monotonic, which all processes share) a number was first acknowledged.
        self.acknowledged_at = np.full(traffic.messages, np.nan)
        self.acknowledged = 0
        self.sent_again = 0
        self.connections = 0

    def run(self, report: Any) -> None:
        owed = 0.0
        last = time.monotonic()
        report_at = 0.0
        while self.acknowledged < self._traffic.messages:
            now = time.monotonic()
            owed = min(owed + (now - last) * self._rate, self._rate * 60)
            most = (now - last) * self._rate * CATCH_UP + 1
            last = now
            if self._client is None:
                self._connect()
            if self._is_connected:
                owed -= self._send(int(min(owed, most)))
            self._loop()
            self._read_commands()
            if now >= report_at:
                report_at = now + REPORT_S
                self._tell(report)
        self._tell(report)
        if self._client is not None:
            self._client.disconnect()

    def _connect(self) -> None:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="chaos-publisher", clean_session=True,
            reconnect_on_failure=False,
        )  # fmt: skip
        client.max_inflight_messages_set(WINDOW + 1)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        try:
            client.connect("127.0.0.1", self._port, keepalive=10)
        except OSError:
            time.sleep(0.05)
            return
        self._client = client

    def _on_connect(self, *_: Any) -> None:
        self._is_connected = True
        self.connections += 1

    def _on_publish(self, _: Any, __: Any, mid: int, *___: Any) -> None:
        number = self._waiting.pop(mid)
        self.acknowledged_at[number] = time.monotonic()
        self.acknowledged += 1

    def _send(self, most: int) -> int:
        assert self._client is not None
        sent = 0
        while sent < most and len(self._waiting) < WINDOW:
            if self._again:
                number = self._again.popleft()
                self.sent_again += 1
            elif self._next < self._traffic.messages:
                number = self._next
                self._next += 1
            else:
                break
            info = self._client.publish(
                self._traffic.topic(number), self._traffic.payload(number), qos=1
            )
            self._waiting[info.mid] = number
            sent += 1
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._drop()
                break
        return sent

    def _loop(self) -> None:
        """Read what has come, for at most a tick; a connection that breaks is given up."""
        until = time.monotonic() + TICK_S
        client = self._client
        while client is not None and (left := until - time.monotonic()) > 0:
            if client.loop(left) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._drop()
                return
        if client is None:
            time.sleep(TICK_S)

    def _drop(self) -> None:
        self._client = None
        self._is_connected = False
        self._again.extendleft(reversed(self._waiting.values()))
        self._waiting.clear()

    def _read_commands(self) -> None:
        """The last rate that was asked for; nobody at the other end is the end."""
        if select.select([0], [], [], 0)[0]:
            lines = os.read(0, 65536).splitlines()
            if not lines:
                sys.exit("the run that this publisher belongs to is gone")
            self._rate = float(json.loads(lines[-1])["rate"])

    def _tell(self, report: Any) -> None:
        progress = {
            "sent": self._next, "acknowledged": self.acknowledged, "sent_again": self.sent_again,
            "connections": self.connections,
        }  # fmt: skip
        print(json.dumps(progress), file=report, flush=True)


def main() -> None:
    """Settings come as one JSON document; the record goes to the file that it names."""
    settings = json.loads(sys.argv[1])
    publisher = Publisher(Traffic(**settings["traffic"]), settings["port"], settings["rate"])
    publisher.run(sys.stdout)
    np.save(Path(settings["record"]), publisher.acknowledged_at)


if __name__ == "__main__":
    main()
