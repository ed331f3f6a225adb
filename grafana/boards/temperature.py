"""Temperature: every thermometer now and over time, and how long lots were out of their band."""

from grafana.boards import look
from grafana.boards.columns import column
from grafana.boards.model import Board, Panel, Row, Shade
from grafana.boards.panels import barchart, stat, state_timeline, table, timeseries
from grafana.boards.variables import LINE, MACHINE, link, variable

THERMOMETER = variable(
    "thermometer",
    "Thermometer",
    "select sensor from api.temperature_now"
    " where machine is null or machine = any(array[${machine:sqlstring}]::text[]) order by 1",
)
TO_ANOMALIES = link("Anomalies of this sensor", "anomalies", {"sensor": "${__data.fields.sensor}"})
TO_LOT = link("Lot", "lot", {"lot": "${__data.fields.lot}"})
BELOW = "#4C8BC0"


def outside(title: str, query: str) -> Panel:
    return barchart(
        title, query, x="name", width=8, is_horizontal=True, is_stacked=True, unit=look.SECONDS,
        no_value="no lot out of its band",
        columns=[
            column("below_s", "Below the band", colour=BELOW),
            column("above_s", "Above the band", colour=look.TEMPERATURE),
        ],
    )  # fmt: skip


BOARD = Board(
    name="temperature",
    title="Temperature",
    description="Every thermometer now and over time, and how long lots were out of their band.",
    time_from="now-24h",
    variables=[LINE, MACHINE, THERMOMETER],
    annotations=[Shade("Lots", "lots", look.LOT)],
    rows=[
        Row("Now", [
            stat("Thermometers", "judgements", width=24, columns=[
                column("outside", "Out of the band", steps=[(None, look.GOOD), (1, look.BAD)]),
                column("within", "In the band", colour=look.GOOD),
                column("without_band", "Without a band", colour=look.NOT_KNOWN),
                column("silent", "Silent", steps=[(None, look.GOOD), (1, look.WARNING)]),
            ]),
            table("Last values", "now", height=9, no_value="-", columns=[
                column("sensor", "Sensor", width=190, links=[TO_ANOMALIES]),
                column("value", "Last value", width=120, unit=look.CELSIUS, decimals=1),
                column("judgement", "State", width=130, is_coloured=True, texts={
                    "within": ("in the band", look.GOOD),
                    "below": ("too cold", BELOW),
                    "above": ("too hot", look.BAD),
                    "silent": ("silent", look.WARNING),
                    "no band": ("no band", look.NOT_KNOWN),
                }),
                column("minimum", "Band from", unit=look.CELSIUS, decimals=1),
                column("maximum", "Band to", unit=look.CELSIUS, decimals=1),
                column("band_of", "Band of", texts={
                    "reference": ("the reference", look.EXPECTED),
                    "sensor": ("the sensor", look.EXPECTED),
                }),
                column("age_s", "Age", unit=look.SECONDS, decimals=0),
                column("machine", "Machine"),
                column("lot", "Lot", links=[TO_LOT]),
                column("reference", "Reference"),
            ]),
        ]),
        Row("Over time; choose one machine to see its lots shaded", [
            timeseries(
                "Temperature", "evolution", width=24, height=11, unit=look.CELSIUS, line_width=1,
                no_value="no reading in this time",
                links=[link(
                    "Anomalies of this sensor", "anomalies", {"sensor": "${__field.name}"}
                )],
            ),
            state_timeline("Machines in lots", "states", height=6, texts={
                "1": ("in a lot", look.LOT),
                "0": ("no lot", look.NOT_KNOWN),
            }, no_value="no lot"),
        ]),
        Row("Out of the band of the reference", [
            outside("By lot", "outside_by_lot"),
            outside("By machine", "outside_by_machine"),
            outside("By reference", "outside_by_reference"),
        ]),
        Row("Lowest and highest", [
            timeseries(
                "Lowest and highest between two points", "extremes", width=24, height=11,
                unit=look.CELSIUS, line_width=1, no_value="no reading in this time",
            ),
        ], is_folded=True),
    ],
)  # fmt: skip
