"""Edge nodes of Sparkplug B: what they said at birth, and what their data mean by it.

A birth names every metric, with a datatype and often an alias; data may carry aliases alone. The
messages of a node are numbered: where one is missing, a birth may be among them and an alias may
mean another metric now. Then, and where the birth was never seen, values that only an alias names
are not guessed at but quarantined, and the node is asked to be born again (Eclipse Sparkplug
specification 3.0, 6.4).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from google.protobuf.message import DecodeError
from pysparkplug import DataType, Metric, NCmd
from pysparkplug._protobuf import Payload

from ingest.document import LARGEST_PAYLOAD, LONGEST_TOPIC, MOST_VALUES
from ingest.errors import RefusedError
from ingest.item import Drop, Item, Message, Reading, Status, reject
from ingest.label import parse_label
from ingest.sparkplug.metric import check_quality, number_of, time_of
from ingest.stamp import from_unit, in_window
from ingest.template import checked

NAMESPACE = "spBv1.0"
BIRTHS = ("NBIRTH", "DBIRTH")
DATA = ("NDATA", "DDATA")
DEATHS = ("NDEATH", "DDEATH")
# Metrics that say something of the node itself.
OWN = ("bdSeq", "Node Control/", "Device Control/")
REBIRTH = "Node Control/Rebirth"
# A node that does not answer is not asked again sooner.
ASK_AGAIN_S = 60.0
MOST_NODES = 10_000
SEQUENCE = 256


@dataclass(slots=True)
class Node:
    """One edge node; aliases and datatypes by device, None for its own metrics."""

    seq: int | None = None
    bd_seq: int | None = None
    is_born: bool = False
    names: dict[str | None, dict[int, str]] = field(default_factory=dict)
    datatypes: dict[str | None, dict[str, int]] = field(default_factory=dict)

    def forget(self) -> None:
        self.seq = None
        self.is_born = False
        self.names.clear()
        self.datatypes.clear()


@dataclass(frozen=True, slots=True)
class Place:
    """What a topic says: spBv1.0/group/type/node, and a device where it is one's."""

    group: str
    kind: str
    node: str
    device: str | None

    @property
    def topic(self) -> str:
        """The topic of readings below it: the same for births and data."""
        levels = [NAMESPACE, self.group, self.node]
        return "/".join(levels if self.device is None else [*levels, self.device])


class Nodes:
    """All nodes that were heard since the loader connected. Never raises for what it is given."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str], Node] = {}
        self._wanted: set[tuple[str, str]] = set()
        self._asked_at: dict[tuple[str, str], float] = {}

    def forget(self) -> None:
        """The connection was lost, and births may have been with it."""
        self._nodes.clear()
        self._wanted.clear()

    def requests(self, now: float) -> list[tuple[str, bytes]]:
        """Nodes to be asked for a birth, as topics and payloads; `now` is monotonic, in seconds."""
        due = [
            key for key in sorted(self._wanted)
            if now - self._asked_at.get(key, -ASK_AGAIN_S) >= ASK_AGAIN_S
        ]  # fmt: skip
        for key in due:
            self._wanted.discard(key)
            self._asked_at[key] = now
        return [(f"{NAMESPACE}/{group}/NCMD/{node}", rebirth()) for group, node in due]

    def decode(self, message: Message) -> list[Item]:
        """Readings and statuses of a message, and what cannot be read of it."""
        place = place_of(message.topic)
        if place is None:
            # Commands, the state of hosts, and what is not meant for anybody.
            return [Drop("ignored")]
        try:
            if len(message.payload) > LARGEST_PAYLOAD:
                raise RefusedError("payload_too_large", f"{len(message.payload)} bytes")
            try:
                payload = Payload.FromString(message.payload)
            except (DecodeError, ValueError) as error:
                raise RefusedError("protobuf", str(error)) from None
            if len(payload.metrics) > MOST_VALUES:
                raise RefusedError("too_many_values", f"{len(payload.metrics)} metrics")
            return self._items(message, place, payload) or [Drop("ignored")]
        except RefusedError as refused:
            return [reject(message, refused.reason, refused.detail)]

    def _items(self, message: Message, place: Place, payload: Any) -> list[Item]:
        node = self._node(place)
        if place.kind == "NDEATH":
            return self._death(message, place, node, payload)
        self._follow(place, node, payload)
        if place.kind in BIRTHS:
            learn(node, place, payload)
        items: list[Item] = []
        if place.kind != "DDEATH":
            for metric in payload.metrics:
                items += self._metric(message, place, node, payload, metric)
        if place.kind not in DATA:
            items.append(self._status(message, place, payload, place.kind in BIRTHS))
        return items

    def _node(self, place: Place) -> Node:
        key = (place.group, place.node)
        node = self._nodes.get(key)
        if node is None:
            if len(self._nodes) >= MOST_NODES:
                raise RefusedError("too_many_devices", f"more than {MOST_NODES} edge nodes")
            node = self._nodes[key] = Node()
        return node

    def _follow(self, place: Place, node: Node, payload: Any) -> None:
        """Whether this is the message after the last one of its node."""
        seq = payload.seq if payload.HasField("seq") else None
        if place.kind == "NBIRTH":
            node.forget()
            node.is_born = True
        elif not node.is_born:
            self._wanted.add((place.group, place.node))
        elif seq is None or node.seq is None or seq != (node.seq + 1) % SEQUENCE:
            node.forget()
            self._wanted.add((place.group, place.node))
        node.seq = seq

    def _death(self, message: Message, place: Place, node: Node, payload: Any) -> list[Item]:
        """Of another session than the node was last born in, it says nothing of this one."""
        bd_seq = bd_seq_of(payload)
        if node.is_born and node.bd_seq is not None and bd_seq != node.bd_seq:
            return []
        devices = [device for device in node.datatypes if device is not None]
        node.forget()
        # The broker sends it for a node that is gone: only the time of arrival is known.
        places = [place, *(Place(place.group, "DDEATH", place.node, device) for device in devices)]
        return [
            Status(f"{each.topic}/status", False, message.received_at, message.received_at)
            for each in places
        ]

    def _status(self, message: Message, place: Place, payload: Any, is_online: bool) -> Item:
        time = message.received_at
        if payload.HasField("timestamp"):
            time = in_window(from_unit(payload.timestamp, "ms"), payload.timestamp)
        return Status(f"{place.topic}/status", is_online, time, message.received_at)

    def _metric(
        self, message: Message, place: Place, node: Node, payload: Any, metric: Any
    ) -> list[Item]:
        name = metric.name
        try:
            if not isinstance(name, str):  # what is not UTF-8 comes as it is
                raise RefusedError("encoding", "the name of a metric is not UTF-8")
            if not name:
                name = node.names.get(place.device, {}).get(metric.alias, "")
                if not name:
                    self._wanted.add((place.group, place.node))
                    raise RefusedError("alias_unknown", f"alias {metric.alias} of {place.topic}")
            if name.startswith(OWN):
                return []
            datatype = metric.datatype or node.datatypes.get(place.device, {}).get(name, 0)
            value = number_of(metric, datatype)
            if value is None:
                return [Drop("ignored")]
            check_quality(metric)
            topic = checked(f"{place.topic}/{parse_label(name, 'metric') or ''}")
            time = time_of(metric, payload)
            return [Reading(topic, time, value, None, message.received_at)]
        except RefusedError as refused:
            said = f"{name[:64]}: " if isinstance(name, str) and name else ""
            return [reject(message, refused.reason, f"{said}{refused.detail}")]


def place_of(topic: str) -> Place | None:
    """None for topics that bring no births, data or deaths."""
    levels = topic.split("/")
    if len(levels) not in (4, 5) or len(topic) > LONGEST_TOPIC or "\0" in topic:
        return None
    _, group, kind, node, *device = levels
    if kind not in (*BIRTHS, *DATA, *DEATHS) or (kind[0] == "D") is not bool(device):
        return None
    return Place(group, kind, node, device[0] if device else None)


def learn(node: Node, place: Place, payload: Any) -> None:
    """Names, aliases and datatypes of a birth."""
    names: dict[int, str] = {}
    datatypes: dict[str, int] = {}
    for metric in payload.metrics:
        if metric.name and isinstance(metric.name, str):
            datatypes[metric.name] = metric.datatype
            if metric.HasField("alias"):
                names[metric.alias] = metric.name
    node.names[place.device] = names
    node.datatypes[place.device] = datatypes
    if place.kind == "NBIRTH":
        node.bd_seq = bd_seq_of(payload)


def bd_seq_of(payload: Any) -> int | None:
    """Which birth and death belong together."""
    for metric in payload.metrics:
        if metric.name == "bdSeq":
            found: int = metric.long_value or metric.int_value
            return found
    return None


def rebirth(now: datetime | None = None) -> bytes:
    """The command that asks a node to be born again."""
    ms = int((now or datetime.now()).timestamp() * 1000)
    ask = Metric(timestamp=ms, name=REBIRTH, datatype=DataType.BOOLEAN, value=True)
    return NCmd(timestamp=ms, metrics=(ask,)).encode(include_dtypes=True)
