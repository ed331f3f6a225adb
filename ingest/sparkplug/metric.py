"""Metrics of Sparkplug B to numbers.

The payload is protobuf; what its fields mean is in the Eclipse Sparkplug specification 3.0, 6.4.
"""

from datetime import datetime
from typing import Any

from pysparkplug import DataType

from ingest.errors import RefusedError
from ingest.number import parse_value
from ingest.stamp import from_unit, in_window

SIGNED = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
UNSIGNED = {DataType.UINT8, DataType.UINT16, DataType.UINT32, DataType.UINT64}
GOOD = 192
# What is written into int_value and long_value, which have no sign.
WIDTHS = {"int_value": 32, "long_value": 64}


def number_of(metric: Any, datatype: int) -> float | None:
    """The value; None for what is no measured number: texts, times, tables, nothing at all.

    Raises RefusedError.
    """
    kind = metric.WhichOneof("value")
    if metric.is_null or kind is None:
        return None
    if kind in ("float_value", "double_value"):
        return parse_value(getattr(metric, kind))
    if kind == "boolean_value":
        return float(metric.boolean_value)
    width = WIDTHS.get(kind)
    if width is None or datatype == DataType.DATETIME:
        return None
    value: int = getattr(metric, kind)
    if datatype in SIGNED:
        return parse_value(signed(value, SIGNED[DataType(datatype)], width))
    if datatype not in UNSIGNED and value >= 1 << (width - 1):
        raise RefusedError("value_type", "whether it is below zero only its datatype could tell")
    return parse_value(value)


def signed(value: int, bits: int, width: int) -> int:
    """Two's complement. Small numbers come in their own width from some, in that of the field from
    others."""
    for each in (bits, width):
        if value < 1 << each:
            return value - (1 << each) if value >= 1 << (each - 1) else value
    raise RefusedError("value_out_of_range", f"{value} is no number of {bits} bits")


def time_of(metric: Any, payload: Any) -> datetime:
    """When the value was measured; where the metric does not say, when it was sent."""
    for said in (metric, payload):
        if said.HasField("timestamp"):
            return in_window(from_unit(said.timestamp, "ms"), said.timestamp)
    raise RefusedError("time_missing", "neither the metric nor its message has a timestamp")


def check_quality(metric: Any) -> None:
    """The property Quality, in the numbers of OPC."""
    properties = dict(zip(metric.properties.keys, metric.properties.values, strict=False))
    quality = properties.get("Quality")
    if quality is not None and quality.int_value != GOOD:
        raise RefusedError("bad_quality", f"quality is {quality.int_value}")
