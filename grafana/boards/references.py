"""References: what each product takes, how its lots differ, and whether that is under control."""

from grafana.boards import look
from grafana.boards.columns import column
from grafana.boards.judgements import TO_LOT_ONLY
from grafana.boards.model import Board, Row
from grafana.boards.panels import barchart, table, timeseries
from grafana.boards.variables import variable

PRODUCT = variable(
    "product", "Reference", "select reference from api.reference order by lots desc, 1",
    is_multi=False,
)  # fmt: skip
FIGURES = {
    "energy_kwh_per_unit": ("energy per unit", look.ENERGY),
    "machine_s": ("time", look.WARNING),
    "temperature_c_mean": ("mean temperature", look.TEMPERATURE),
}

BOARD = Board(
    name="references",
    title="References",
    description="What each product takes, how its lots differ, and whether that is in control.",
    time_from="now-30d",
    variables=[PRODUCT],
    rows=[
        Row("All references, by the lots that finished in this time", [
            table("Ranking by energy per unit", "ranking", no_value="-", columns=[
                column("reference", "Reference"),
                column("unit", "Unit"),
                column("lots", "Lots"),
                column("quantity", "Good units", decimals=0),
                column("duration_s_mean", "Mean duration", unit=look.SECONDS, decimals=1),
                column("energy_kwh", "Energy", unit=look.KWH, decimals=1),
                column(
                    "energy_kwh_per_unit", "kWh per unit", decimals=4,
                    no_value="too little measured",
                ),
                column("energy_kwh_per_unit_p05", "5 % of lots below", decimals=4),
                column("energy_kwh_per_unit_p95", "5 % of lots above", decimals=4),
                column("lots_with_energy", "Lots behind it"),
                column("temperature_c_min", "Lowest", unit=look.CELSIUS, decimals=1),
                column("temperature_c_max", "Highest", unit=look.CELSIUS, decimals=1),
            ]),
            barchart(
                "Energy per unit, and what nine of ten lots keep between", "per_unit",
                x="reference", width=24, unit=look.KWH_PER_UNIT, decimals=3, minimum=0,
                no_value="no lot measured well enough",
                columns=[
                    column("energy_kwh_per_unit_p05", "5 % of lots below", colour=look.EXPECTED),
                    column("energy_kwh_per_unit", "Energy per unit", colour=look.ENERGY),
                    column("energy_kwh_per_unit_p95", "5 % of lots above", colour=look.WARNING),
                ],
            ),
        ]),
        Row("What they cost", [
            table("Cost and CO2 by unit", "costs", height=7, no_value="-", columns=[
                column("reference", "Reference"),
                column("cost_per_unit", "Cost per unit", decimals=4, no_value="not known"),
                column("currency", "Currency", no_value="-"),
                column("cost_per_unit_p05", "5 % of lots below", decimals=4),
                column("cost_per_unit_p95", "5 % of lots above", decimals=4),
                column("lots", "Lots"),
                column("lots_with_cost", "Lots behind the cost"),
                column("co2_kg_per_unit", "kg CO2 per unit", decimals=4, no_value="not known"),
                column("lots_with_co2", "Lots behind the CO2"),
            ]),
        ]),
        Row("The reference that is chosen above", [
            barchart(
                "Lots by energy per unit", "distribution", x="label", width=8, colour=look.LOT,
                no_value="no lot measured well enough", columns=[column("lots", "Lots")],
            ),
            timeseries(
                "Control chart of energy per unit", "chart", width=16, points="always",
                unit=look.KWH_PER_UNIT, no_value="no lot measured well enough",
                columns=[
                    column("value", "Lot", colour=look.ENERGY),
                    column("center", "Centre", colour=look.GOOD, custom={"showPoints": "never"}),
                    column(
                        "lower_limit", "Lower limit", colour=look.BAD,
                        custom={"showPoints": "never"},
                    ),
                    column(
                        "upper_limit", "Upper limit", colour=look.BAD,
                        custom={"showPoints": "never"},
                    ),
                ],
            ),
            table("Lots that break one of Nelson's rules", "out_of_control", width=14,
                no_value="-", columns=[
                column("lot", "Lot", width=95, links=[TO_LOT_ONLY]),
                column("figure", "Figure", width=140, texts=FIGURES),
                column("finished_at", "Finished", width=155, unit=look.TIME),
                column("value", "Value", width=95, decimals=3),
                column("center", "Centre", width=95, decimals=3),
                column("lower_limit", "Lower limit", width=110, decimals=3),
                column("upper_limit", "Upper limit", width=110, decimals=3),
                column("rules", "Rules broken"),
            ]),
            table("Does the temperature fit into the band? All references", "capability",
                width=10, no_value="-", columns=[
                column("reference", "Reference", width=85),
                column("band_minimum_c", "Band from", width=95, unit=look.CELSIUS, decimals=1),
                column("band_maximum_c", "Band to", width=85, unit=look.CELSIUS, decimals=1),
                column("mean_c", "Mean", width=85, unit=look.CELSIUS, decimals=1),
                column("sigma_c", "Sigma", width=85, unit=look.CELSIUS, decimals=2),
                column("cp", "Cp", width=65, decimals=2),
                column("cpk", "Cpk", width=70, decimals=2),
                column("lots", "Lots", width=70),
                column("reason", "Why not"),
            ]),
        ]),
    ],
)  # fmt: skip
