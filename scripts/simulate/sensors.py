"""Sensors of a simulated machine: each machine gets the first `meters` of eight."""

from __future__ import annotations

from dataclasses import replace

from scripts.simulate.model import Sensor

MOST_METERS = 8


def build_sensors(machine: str, number: int, meters: int, is_metered: bool) -> list[Sensor]:
    """Machines differ by their number: Wh or kWh, counter or power as the main meter."""
    wanted = [
        _main_power(machine) if number % 4 == 2 else _main_counter(machine, number),
        _temperature(machine, number),
        _output(machine),
        _state(machine),
        _check(machine, number),
        _setpoint(machine),
        _rollover(machine),
        _plain_gauge(machine),
    ]
    if not 1 <= meters <= MOST_METERS:
        raise ValueError(f"meters is {meters}, must be 1 to {MOST_METERS}")
    return [sensor for sensor in wanted[:meters] if is_metered or sensor.role != "main_energy"]


def _main_counter(machine: str, number: int) -> Sensor:
    """Daily resets; every second one publishes Wh, every third has no max_rate."""
    sensor = Sensor(
        f"{machine}-energy",
        machine,
        "counter",
        "main_energy",
        "energy",
        "kWh",
        max_rate=None if number % 3 == 2 else 400.0,
    )
    return replace(sensor, unit="Wh", scale=0.001) if number % 2 else sensor


def _main_power(machine: str) -> Sensor:
    return Sensor(
        f"{machine}-power",
        machine,
        "power",
        "main_energy",
        "power",
        "W",
        scale=0.001,
        sampling_interval_s=30,
        max_gap_s=180,
    )


def _temperature(machine: str, number: int) -> Sensor:
    """Every third one publishes Fahrenheit."""
    sensor = Sensor(
        f"{machine}-temperature",
        machine,
        "gauge",
        "process_temperature",
        "temperature",
        "degC",
        sampling_interval_s=30,
        max_gap_s=120,
    )
    if number % 3 == 1:
        return replace(sensor, unit="degF", scale=5 / 9, value_offset=-160 / 9)
    return sensor


def _output(machine: str) -> Sensor:
    return Sensor(
        f"{machine}-pieces",
        machine,
        "counter",
        "output",
        "count",
        "piece",
        sampling_interval_s=20,
        max_gap_s=300,
        max_rate=3600.0,
    )


def _state(machine: str) -> Sensor:
    return Sensor(
        f"{machine}-state",
        machine,
        "state",
        "other",
        "state",
        "",
        sampling_interval_s=300,
        max_gap_s=900,
    )


def _check(machine: str, number: int) -> Sensor:
    if number % 4 == 2:
        return Sensor(f"{machine}-check", machine, "counter", "check_energy", "energy", "kWh")
    return Sensor(f"{machine}-check", machine, "power", "check_energy", "power", "kW")


def _setpoint(machine: str) -> Sensor:
    return Sensor(
        f"{machine}-setpoint",
        machine,
        "gauge",
        "setpoint",
        "temperature",
        "degC",
        sampling_interval_s=300,
        max_gap_s=900,
    )


def _rollover(machine: str) -> Sensor:
    """A small register that goes round every few hours."""
    return Sensor(
        f"{machine}-sub",
        machine,
        "counter",
        "other",
        "energy",
        "kWh",
        max_rate=400.0,
        rollover_at=100.0,
    )


def _plain_gauge(machine: str) -> Sensor:
    return Sensor(f"{machine}-pressure", machine, "gauge", "other", "pressure", "bar")
