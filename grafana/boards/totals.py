"""What was made and what it used, as several boards begin with it: their statement `totals`."""

from grafana.boards import look
from grafana.boards.columns import column
from grafana.boards.model import Panel
from grafana.boards.panels import stat


def totals() -> Panel:
    return stat(
        "Products and energy", "totals", width=24, height=5, no_value="not known",
        columns=[
            column("products", "Good units", colour=look.PRODUCTS, decimals=0),
            column("lots", "Lots", colour=look.LOT),
            column("products_per_lot", "Units per lot", decimals=1, colour=look.PRODUCTS),
            column("energy_kwh", "Energy of lots", unit=look.KWH, colour=look.ENERGY),
            column(
                "energy_kwh_per_unit", "Energy per unit", unit=look.KWH_PER_UNIT,
                colour=look.ENERGY,
            ),
            column("energy_coverage", "Measured", unit=look.SHARE, decimals=1, steps=[
                (None, look.BAD), (0.9, look.WARNING), (0.98, look.GOOD),
            ]),
        ],
    )  # fmt: skip
