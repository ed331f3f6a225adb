"""The summary: what was made, what it used, what runs now, and what needs a look."""

from grafana.boards import look
from grafana.boards.columns import column
from grafana.boards.model import Board, Row, Shade
from grafana.boards.panels import stat
from grafana.boards.variables import LINE, MACHINE

BOARD = Board(
    name="summary",
    title="Summary",
    description="What was made, what it used, what runs now, and what needs a look.",
    variables=[LINE, MACHINE],
    annotations=[Shade("Lots", "lots", look.LOT, is_on=False)],
    rows=[
        Row("This period", [
            stat("Products and energy", "totals", width=24, columns=[
                column("products", "Good units", colour=look.PRODUCTS, decimals=0),
                column("lots", "Lots"),
                column("products_per_lot", "Units per lot", decimals=1),
                column("energy_kwh", "Energy of lots", unit=look.KWH, colour=look.ENERGY),
                column("energy_kwh_per_unit", "Energy per unit", unit=look.KWH_PER_UNIT),
                column("energy_coverage", "Measured", unit=look.SHARE),
            ]),
        ]),
    ],
)  # fmt: skip
