"""Words and colours of what is said of lots, and the way to the page of one."""

from grafana.boards import look
from grafana.boards.variables import link

JUDGEMENTS = {
    "high": ("high", look.BAD),
    "low": ("low", look.WARNING),
    "as expected": ("as expected", look.GOOD),
}
LOT_VERDICTS = {
    "real": ("real", look.BAD),
    "false": ("false alarm", look.GOOD),
    "planned_stop": ("planned stop", look.EXPECTED),
}
# The range becomes that of the lot.
TO_LOT = link("Lot", "lot", {"lot": "${__data.fields.lot}"}, time="started_at,finished_at")
# Where only its end is known, the range is kept.
TO_LOT_ONLY = link("Lot", "lot", {"lot": "${__data.fields.lot}"})
