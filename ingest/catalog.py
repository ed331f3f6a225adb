"""What the loader keeps in memory of the database: sensors by topic, and mapping rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ingest.decode import NOT_VALUES, TIME_KEYS, VALUE_KEYS
from ingest.mapping import NO_MAPPINGS, Mappings

# The oldest are forgotten when there are so many: ever new names must not fill memory.
MOST_SHAPES = 20_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What messages of one topic with the same keys mean: one value, values below a key, or flat.

    `sensor_ids` are in the order of the values; `values_key` is None for a flat message.
    """

    time_key: str
    values_key: str | None
    sensor_ids: tuple[int, ...]


class Catalog:
    """Topics as they stood at one version; nothing in it ever changes, a new one is loaded."""

    def __init__(
        self, version: int, sensors: Mapping[str, int], mappings: Mappings = NO_MAPPINGS
    ) -> None:
        self.version = version
        self.sensors = sensors
        self.mappings = mappings
        self.topics = {sensor_id: topic for topic, sensor_id in sensors.items()}
        # Messages of one topic have the same keys again and again.
        self.shape = lru_cache(MOST_SHAPES)(self._shape)
        self.nested = lru_cache(MOST_SHAPES)(self._nested)

    def _name(self, topic: bytes) -> str | None:
        """The topic as text, where no mapping and no other meaning takes it."""
        try:
            name = topic.decode("utf-8")
        except UnicodeDecodeError:
            return None
        if name.endswith(("/lot", "/status")) or self.mappings.find(name) is not None:
            return None
        return name

    def _ids(self, name: str, fields: Iterable[str]) -> tuple[int, ...] | None:
        ids = [self.sensors.get(f"{name}/{field}") for field in fields]
        return None if None in ids or not ids else tuple(ids)  # type: ignore[arg-type]

    def _nested(self, topic: bytes, keys: tuple[str, ...]) -> tuple[int, ...] | None:
        """Sensors of the names below `values`; None where not every one of them has a sensor."""
        name = self._name(topic)
        return None if name is None else self._ids(name, keys)

    def _shape(self, topic: bytes, keys: tuple[str, ...]) -> Shape | None:
        """None where the message has to go the general way."""
        name = self._name(topic)
        times = [key for key in keys if key in TIME_KEYS]
        if name is None or len(times) != 1:
            return None
        fields = [key for key in keys if key != times[0]]
        if fields == ["values"]:
            return Shape(times[0], "values", ())
        if len(fields) == 1 and fields[0] in VALUE_KEYS:
            sensor_id = self.sensors.get(name)
            return None if sensor_id is None else Shape(times[0], fields[0], (sensor_id,))
        if any(key in VALUE_KEYS or key in NOT_VALUES or key == "values" for key in fields):
            return None
        ids = self._ids(name, fields)
        return None if ids is None else Shape(times[0], None, ids)
