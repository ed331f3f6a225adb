"""What to do about a message in the quarantine, by its reason."""

DEVICE = "What the device publishes has to be mended there."
MAPPING = "A row of ingest.mapping can say how such payloads are meant (docs/mqtt.md)."
LIMIT = "It is beyond a limit that protects the loader; let the device send less in a message."
CLOCK = "See to the clock of the device, and to the unit and zone of its times."
REMEDIES = {
    "bad_mapping": "Mend the mapping that the detail names; its error is in ingest.mapping_error.",
    "bad_quality": "The device itself calls the value bad. See to it, or change good_quality.",
    "before_retention": "Raw readings of that time are dropped already: it can only be forgotten.",
    "data_error": "The database refuses the value; the detail says why.",
    "duplicate_key": DEVICE,
    "encoding": DEVICE,
    "event_conflict": "A stored event says otherwise. Where the stored one is wrong, correct the "
    "run: lotwatt run. Then forget this one.",
    "event_unknown": "An event is start or stop. " + DEVICE,
    "json_depth": LIMIT,
    "json_syntax": f"{DEVICE} {MAPPING}",
    "lot_missing": "A lot event names its lot. " + DEVICE,
    "name_missing": MAPPING,
    "no_value": f"{DEVICE} {MAPPING}",
    "not_a_status": "The status of a device comes on <topic of the device>/status.",
    "path_mismatch": "The paths of the mapping do not fit this payload.",
    "payload_too_large": LIMIT,
    "senml": DEVICE,
    "state_unknown": "Add the text to the states of the mapping.",
    "text_control": DEVICE,
    "text_nul": DEVICE,
    "text_too_long": DEVICE,
    "text_type": DEVICE,
    "time_ambiguous": CLOCK,
    "time_future": CLOCK + " Once that time has come, it can be replayed.",
    "time_in_gap": CLOCK,
    "time_missing": f"An object carries its time. {DEVICE} {MAPPING}",
    "time_naive": f"A time without a zone is not guessed. {MAPPING}",
    "time_out_of_window": CLOCK,
    "time_past": "It is older than the setting past_window. Replaying lets it in all the same.",
    "time_type": f"{DEVICE} {MAPPING}",
    "too_many_devices": "Raise the setting devices or unknown_devices, if these devices are yours.",
    "too_many_values": LIMIT,
    "topic_too_long": LIMIT,
    "topic_too_short": "The sensor_topic of the mapping asks for levels that this topic has not.",
    "unit_mismatch": "The unit is not that of the sensor. Mend one of them, or use scale.",
    "unknown_machine": "Declare the machine whose topic it is in the plant file.",
    "unknown_sensor": "No more is held for topics without a sensor: adopt or ignore them.",
    "value_is_string": f"A number in quotes is not taken for one. {MAPPING}",
    "value_not_finite": DEVICE,
    "value_not_scalar": f"{DEVICE} {MAPPING}",
    "value_null": DEVICE,
    "value_out_of_range": DEVICE,
    "value_type": f"A truth is not taken for a number. {MAPPING}",
}


def remedy(reason: str) -> str:
    """One or two sentences."""
    return REMEDIES.get(reason, "The detail says what is wrong with it.")
