"""An oven that says in each message which lot it works on. It is simulated, all of it.

This is the other common way of telling a lot: no events, a claim inside each reading. A null lot
says that none is on the machine.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import exp
from random import Random

from scripts.demo.message import Message, several

TOPIC = "plant/L2/OVEN"
LOTS = 20
LOT_MINUTES, CHANGEOVER_MINUTES = 180, 20
# Reference, set point in C, kW while it works, pieces an hour.
PRODUCTS = (("PANEL-A", 180.0, 42.0, 120), ("PANEL-B", 210.0, 55.0, 90))
OPERATORS = ("dario", "elena")
IDLE_KW, IDLE_C = 6.0, 120.0


def messages(end: datetime) -> Iterator[Message]:
    """One message a minute: power, temperature and the counter of pieces, with the lot inside."""
    random = Random("oven")
    cycle = timedelta(minutes=LOT_MINUTES + CHANGEOVER_MINUTES)
    temperature, pieces = IDLE_C, 0.0
    for lot in range(LOTS):
        reference, setpoint, kw, rate = PRODUCTS[lot // 2 % 2]
        started_at = end - cycle * (LOTS - lot)
        claim = {
            "lot": f"OVN-{lot + 1:03}", "reference": reference,
            "operator": OPERATORS[lot % 2],
        }  # fmt: skip
        for minute in range(LOT_MINUTES + CHANGEOVER_MINUTES):
            is_working = minute < LOT_MINUTES
            target = setpoint if is_working else IDLE_C
            temperature = target + (temperature - target) * exp(-1 / 12)
            heating = max(0.0, (target - temperature) / 4)
            power = (kw if is_working else IDLE_KW) + heating + random.uniform(-1, 1)
            values = {
                "power": round(power, 2),
                "temperature": round(temperature + random.uniform(-0.4, 0.4), 2),
                "pieces": float(int(pieces)),
            }
            time = started_at + timedelta(minutes=minute)
            yield several(TOPIC, time, values, **(claim if is_working else {"lot": None}))
            pieces += rate / 60 if is_working else 0.0
