"""Energy: by machine and by what it was for, what comes next, and whether the books balance."""

from grafana.boards import look
from grafana.boards.columns import band, column
from grafana.boards.model import Board, Row
from grafana.boards.panels import stat, table, timeseries
from grafana.boards.variables import LINE, MACHINE, link, variable

LEVEL = variable(
    "level", "Level", "select distinct level from api.forecast_run order by 1 desc", is_multi=False
)
PLACE = variable(
    "place",
    "Place",
    "select distinct place from api.forecast_run where level = ${level:sqlstring} order by 1",
    is_multi=False,
)
# A place may use several: kWh of gas are no kWh of electricity, and two of them no one curve.
CARRIER = variable(
    "carrier",
    "Carrier",
    "select distinct carrier from api.forecast_run"
    " where level = ${level:sqlstring} and place = ${place:sqlstring} order by 1",
    is_multi=False,
)
WEEKDAYS = [
    ("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday"), ("thu", "Thursday"),
    ("fri", "Friday"), ("sat", "Saturday"), ("sun", "Sunday"),
]  # fmt: skip
# Percent of the mean hour, from less to more.
HEAT = [
    (None, "transparent"),
    (0, look.LITTLE),
    (60, look.LESS),
    (90, look.USUAL),
    (110, look.MORE),
    (140, look.MUCH),
]
TO_SENSOR = link("Anomalies of this sensor", "anomalies", {"sensor": "${__data.fields.sensor}"})

BOARD = Board(
    name="energy",
    title="Energy",
    description="By machine and by what it was for, what comes next, and whether books balance.",
    variables=[LINE, MACHINE, LEVEL, PLACE, CARRIER],
    time_to="now+24h",  # the forecast is still to come
    rows=[
        Row("What was used", [
            timeseries(
                "Energy by machine", "by_machine", style="bars", is_stacked=True, fill=85,
                line_width=0, unit=look.KWH, minimum=0, no_value="no energy measured",
            ),
            timeseries(
                "Energy by day and by what it was for", "by_state", style="bars", is_stacked=True,
                fill=85, line_width=0, unit=look.KWH, minimum=0, no_value="no energy measured",
                columns=[
                    column("lot_kwh", "In lots", colour=look.LOT),
                    column("idle_kwh", "Idle", colour=look.IDLE),
                    column("unattributed_kwh", "Unattributed", colour=look.UNATTRIBUTED),
                ],
            ),
            timeseries(
                "Load curve: mean power of each hour", "load", width=24, unit=look.KW, fill=10,
                no_value="no energy measured",
                description="kWh of an hour are its mean kW; below what it was where the hour was"
                " not fully measured.",
            ),
        ]),
        Row("When it was used", [
            table(
                "Peak quarter-hours", "peaks", width=12, height=11,
                no_value="no quarter-hour measured whole", columns=[
                column("time", "Quarter-hour", width=165, unit=look.TIME),
                column("power_kw", "Load", width=90, unit=look.KW, decimals=1),
                column("machines", "Machines, kW"),
                column("lots", "Lots", no_value="-"),
            ]),
            table(
                "By hour and weekday, in percent of the mean hour", "weekdays", width=12, height=11,
                no_value="no hour measured whole", columns=[
                column("hour", "Hour", width=65),
                *[column(name, title, width=102, decimals=0, steps=HEAT, is_coloured=True,
                         no_value="-")
                  for name, title in WEEKDAYS],
                column("hours", "Hours behind", width=110),
            ]),
        ]),
        Row("What it cost", [
            timeseries(
                "Cost by day and class of time of use", "cost_by_class", style="bars",
                is_stacked=True, fill=85, line_width=0, decimals=2, no_value="no tariff",
            ),
            table("Cost by machine in this time", "costs", width=12, no_value="-", columns=[
                column("machine", "Machine", width=95, no_value="all"),
                column("currency", "Currency", width=85, no_value="-"),
                column("energy_kwh", "Energy", width=100, unit=look.KWH, decimals=1),
                column("cost", "Cost", width=95, decimals=2, no_value="not known"),
                column("lot_cost", "In lots", width=95, decimals=2),
                column("idle_cost", "Idle", width=85, decimals=2),
                column("unattributed_cost", "Unattributed", width=115, decimals=2),
                column("unpriced_kwh", "Without a price", width=125, unit=look.KWH, decimals=1),
                column("co2_kg", "CO2", width=95, unit=look.KG, decimals=1, no_value="not known"),
            ]),
            table(
                "Used outside lots, against each machine's own best tenth", "standby", width=12,
                no_value="-", columns=[
                column("time", "From", width=160, unit=look.TIME),
                column("shift", "Shift", width=75, no_value="day"),
                column("machine", "Machine", width=95),
                column("outside_lots_h", "Hours", width=75, decimals=1),
                column("outside_lots_kw", "Mean load", width=105, unit=look.KW, decimals=2),
                column("best_kw", "At best", width=125, unit=look.KW, decimals=2,
                       no_value="too few shifts"),
                column("waste_kwh", "Above it", width=100, unit=look.KWH, decimals=1),
                column("waste_cost", "Cost of that", width=115, decimals=2, no_value="no tariff"),
            ]),
            table("Demand charges", "demand", width=12, no_value="-", columns=[
                column("month", "Month", width=90),
                column("class", "Class", width=90),
                column("peak_kw", "Peak", width=95, unit=look.KW, decimals=1),
                column("peak_at", "At", width=165, unit=look.TIME),
                column("price_per_kw_month", "Price of a kW", width=120, decimals=2),
                column("coverage", "Measured", width=100, unit=look.SHARE, decimals=1),
                column("demand_cost", "Charge so far", width=135, decimals=2, no_value="not known"),
                column("currency", "Currency", width=85),
            ]),
        ]),
        Row("Meters now", [
            table("Main meters", "meters", height=7, no_value="-", columns=[
                column("sensor", "Sensor", links=[TO_SENSOR]),
                column("machine", "Machine"),
                column("kind", "Kind", texts={
                    "power": ("power", look.ENERGY), "counter": ("counter", look.EXPECTED),
                    "amount": ("amount", look.EXPECTED),
                }),
                column("last_value", "Last value", decimals=2),
                column("unit", "Unit"),
                column("last_seen_at", "Last reading", unit=look.TIME, no_value="never"),
                column("silent_s", "Age", unit=look.SECONDS, decimals=0),
            ]),
        ]),
        Row("What comes next, for the place that is chosen above", [
            timeseries(
                "The next 24 hours, by the newest forecast", "forecast", width=16, unit=look.KWH,
                no_value="no forecast yet",
                columns=[
                    column("energy_kwh", "Forecast", colour=look.FORECAST),
                    *band("low_kwh", "high_kwh", "95 % interval", look.FORECAST),
                    column("naive_kwh", "A week ago", colour=look.NOT_KNOWN),
                    column("actual_kwh", "What happened", colour=look.ENERGY),
                ],
            ),
            stat("How good forecasts were", "accuracy", width=8, height=9,
                no_value="too few hours to tell", columns=[
                column("mase", "Error / that of a week ago", decimals=2, colour=look.FORECAST),
                column(
                    "wmape_percent", "Error in percent", unit=look.PERCENT, decimals=1,
                    colour=look.FORECAST,
                ),
                column(
                    "coverage_percent", "Hours in the interval", unit=look.PERCENT, decimals=1,
                    colour=look.FORECAST,
                ),
                column("forecasts", "Forecasts", colour=look.NOT_KNOWN),
                column(
                    "mean_absolute_error_kwh", "Mean error", unit=look.KWH, colour=look.FORECAST
                ),
            ]),
        ]),
        Row("Against the energy baseline of that place", [
            timeseries(
                "Used and expected by day", "baseline", unit=look.KWH, points="always",
                no_value="no valid baseline",
                columns=[
                    column("actual_kwh", "What happened", colour=look.ENERGY),
                    column("expected_kwh", "Expected", colour=look.EXPECTED),
                ],
            ),
            timeseries(
                "Sum of differences since the baseline: falling is saving", "cusum",
                unit=look.KWH, no_value="no valid baseline",
                columns=[column("cusum_kwh", "Sum of differences", colour=look.ENERGY)],
            ),
        ]),
        Row("Do the books balance?", [
            table("The ledger of each meter on the last day", "ledger", no_value="-", columns=[
                column("sensor", "Sensor"),
                column("machine", "Machine"),
                column("unit", "Unit"),
                column("advance", "Advance", decimals=2),
                column("lots", "In lots", decimals=2),
                column("idle", "Idle", decimals=2),
                column("unattributed", "Unattributed", decimals=2),
                column("residual", "Residual", decimals=6),
                column("unknown_s", "Time not known", unit=look.SECONDS, decimals=1),
                column("resets", "Lost by resets", decimals=2),
                column("spikes", "Spikes left out"),
            ]),
        ]),
    ],
)  # fmt: skip
