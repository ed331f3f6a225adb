"""An edge node of Sparkplug B as a process of its own, by a library that makes them.

python sparkplug_node.py PORT, and a line on standard input for each step: `update NAME VALUE` (by
alias alone), `device VALUE`, `skip` (a message of its count is lost), `crash` (the broker tells its
will). Asked to be born again, it is.
"""

import os
import sys
import threading
from typing import Any

from paho.mqtt import client as paho

# What the library still asks of paho, which has it no longer; it did nothing.
paho.Client.message_retry_set = lambda self, retry: None  # type: ignore[attr-defined]

from pysparkplug import (  # noqa: E402
    DataType,
    Device,
    EdgeNode,
    Message,
    MessageType,
    Metric,
    NData,
    QoS,
    Topic,
    get_current_timestamp,
)

TYPES = {"power": DataType.FLOAT, "count": DataType.INT32, "on": DataType.BOOLEAN}
ALIASES = {"power": 1, "count": 2, "on": 3, "name": 4}


def metric(name: str, value: Any, datatype: DataType | None = None, **more: Any) -> Metric:
    return Metric(
        timestamp=get_current_timestamp(), name=name, datatype=datatype or TYPES[name],
        value=value, alias=ALIASES.get(name), **more,
    )  # fmt: skip


def main(port: int) -> None:
    again = threading.Event()
    node = EdgeNode(
        "plant", "N1",
        [metric("power", 1.5), metric("count", -5), metric("on", True),
         metric("name", "press", DataType.STRING)],
        cmd_callback=lambda *_: again.set(),
    )  # fmt: skip
    node.register(Device("D1", [metric("temp", 20.5, DataType.DOUBLE)]))
    node.connect("127.0.0.1", port=port)

    def reborn() -> None:
        while True:
            again.wait()
            again.clear()
            node.disconnect()
            node.connect("127.0.0.1", port=port)

    threading.Thread(target=reborn, daemon=True).start()
    client = node._client._client
    for line in sys.stdin:
        match line.split():
            case ["update", name, value]:
                send(node, name, float(value) if name == "power" else int(value))
            case ["device", value]:
                node.update_device("D1", [metric("temp", float(value), DataType.DOUBLE)])
            case ["skip"]:
                _ = node._seq
            case ["crash"]:
                client.socket().close()
                os._exit(1)


def send(node: EdgeNode, name: str, value: float) -> None:
    """Only the alias says which metric it is, as the specification wants it."""
    said = Metric(
        timestamp=get_current_timestamp(), name=None, alias=ALIASES[name], datatype=TYPES[name],
        value=value,
    )  # fmt: skip
    topic = Topic(message_type=MessageType.NDATA, group_id="plant", edge_node_id="N1")
    data = NData(timestamp=get_current_timestamp(), seq=node._seq, metrics=(said,))
    node._client.publish(Message(topic=topic, payload=data, qos=QoS.AT_MOST_ONCE, retain=False))


if __name__ == "__main__":
    main(int(sys.argv[1]))
