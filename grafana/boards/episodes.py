"""Words and colours of anomalies, and the way to the page of one."""

from grafana.boards import look
from grafana.boards.model import Json
from grafana.boards.variables import link

CLASSES = {
    "process": ("process", look.TEMPERATURE),
    "sensor": ("sensor", look.EXPECTED),
    "lot": ("lot", look.ENERGY),
}
KINDS = {
    value: (words, look.EXPECTED)
    for value, words in {
        "level": "level",
        "slow": "slow change",
        "drift": "drift",
        "noise": "noise",
        "spike": "spike",
        "shift": "sudden shift",
        "stuck": "stuck",
        "out_of_range": "out of range",
        "silent": "silent",
        "energy": "more energy than expected",
    }.items()
}
SEVERITIES = {
    "high": ("high", look.BAD),
    "medium": ("medium", look.WARNING),
    "low": ("low", look.IDLE),
    "fault": ("fault", look.UNATTRIBUTED),
}
VERDICTS = {
    "real": ("real", look.BAD),
    "false": ("false alarm", look.GOOD),
    "planned-stop": ("planned stop", look.EXPECTED),
}
ALERT_KINDS = {
    "sensor silent": ("sensor silent", look.WARNING),
    "machine silent": ("machine silent", look.BAD),
    "temperature out of band": ("temperature out of band", look.BAD),
    "anomaly": ("anomaly", look.WARNING),
    "lot over its energy": ("lot over its energy", look.WARNING),
    "loader": ("loader", look.BAD),
    "quarantine growing": ("quarantine growing", look.WARNING),
    "ledger broken": ("ledger broken", look.BAD),
    "aggregates stale": ("figures are behind", look.BAD),
}
ALERTS = {
    "alerting": ("alerting", look.BAD),
    "silenced": ("silenced", look.EXPECTED),
    "closed": ("closed", look.GOOD),
}


def to_episode() -> Json:
    """From a row of api.episode to its sensor, with a day before and after the episode."""
    return link(
        "This episode", "anomalies", {"sensor": "${__data.fields.sensor}"},
        time="page_from,page_to",
    )  # fmt: skip
