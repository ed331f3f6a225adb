"""One look: a colour means the same on every board, and colour-blind people can tell them apart."""

# States of a machine, and what energy belongs to.
LOT = "#3274D9"
IDLE = "#C9A227"
UNATTRIBUTED = "#8E8E99"
STATES = {"lot": LOT, "idle": IDLE, "unattributed": UNATTRIBUTED}

# What is measured.
ENERGY = LOT
TEMPERATURE = "#D4582A"
PRODUCTS = "#1B9E9E"

# What it is measured against.
EXPECTED = "#7A8B99"
GOLDEN = "#2E9E5B"
FORECAST = "#8F5BD6"

# Judgements.
GOOD = "#2E9E5B"
WARNING = "#E08A00"
BAD = "#D1313F"
NOT_KNOWN = "#8E8E99"

# Little to much, as a map of heat; dark enough for white type.
LITTLE = "#2B4A6F"
LESS = "#3F6E8C"
USUAL = "#6B7280"
MORE = "#B0702B"
MUCH = "#B5432E"

# Units of Grafana.
KWH = "kwatth"
KW = "kwatt"
CELSIUS = "celsius"
SECONDS = "s"
SHARE = "percentunit"
PERCENT = "percent"
COUNT = "none"
KG = "suffix: kg"
KWH_PER_UNIT = "suffix: kWh/unit"
TIME = "dateTimeAsIso"
