"""Macros as Grafana expands them.

Expected texts are those of Grafana's own test of this datasource, with TimescaleDB enabled
(grafana/grafana, pkg/tsdb/grafana-postgresql-datasource/macros_test.go), and of its documentation,
"PostgreSQL query editor: Macros". What neither says is worked out from macros.go beside the test,
and says so.
"""

from datetime import UTC, datetime, timedelta

import pytest

from grafana.report.macros import Fill, MacroError, Span, expand, interval_for, interval_text
from grafana.report.variables import Variable, Variables

BEGIN = datetime(2018, 4, 12, 18, tzinfo=UTC)
SPAN = Span(BEGIN, BEGIN + timedelta(minutes=5))
OLD = Span(datetime(1960, 2, 1, 7, tzinfo=UTC), datetime(1965, 2, 3, 8, tzinfo=UTC))
HALF = timedelta(milliseconds=500)


def sql(text: str, span: Span = SPAN, interval: timedelta = timedelta(minutes=1)) -> str:
    return expand(text, span, interval=interval).sql


OF_GRAFANAS_TEST = {
    "select $__time(time_column)": 'select time_column AS "time"',
    "select min($__time(time_column))": 'select min(time_column AS "time")',
    "WHERE $__timeFilter(time_column)": (
        "WHERE time_column BETWEEN '2018-04-12T18:00:00Z' AND '2018-04-12T18:05:00Z'"
    ),
    "select $__timeFrom()": "select '2018-04-12T18:00:00Z'",
    "select $__timeTo()": "select '2018-04-12T18:05:00Z'",
    "GROUP BY $__timeGroup(time_column,'5m')": "GROUP BY time_bucket('300.000s',time_column)",
    "GROUP BY $__timeGroup(time_column , '5m')": "GROUP BY time_bucket('300.000s',time_column)",
    "GROUP BY $__timeGroup(time_column , '12d')": (
        "GROUP BY time_bucket('1036800.000s',time_column)"
    ),
    "GROUP BY $__timeGroup(time_column , '20ms')": "GROUP BY time_bucket('0.020s',time_column)",
    "SELECT $__timeGroupAlias(time_column,'5m')": (
        "SELECT time_bucket('300.000s',time_column) AS \"time\""
    ),
    # before 5.3 a group that a comma follows was the column "time"
    "SELECT $__timeGroup(time_column,'5m'), value": (
        "SELECT time_bucket('300.000s',time_column) AS \"time\", value"
    ),
    "SELECT $__timeGroup(time_column,'5m') as time, value": (
        "SELECT time_bucket('300.000s',time_column) as time, value"
    ),
    "select $__unixEpochFilter(time)": "select time >= 1523556000 AND time <= 1523556300",
    "select $__unixEpochNanoFilter(time)": (
        "select time >= 1523556000000000000 AND time <= 1523556300000000000"
    ),
    "select $__unixEpochNanoFrom()": "select 1523556000000000000",
    "select $__unixEpochNanoTo()": "select 1523556300000000000",
    "SELECT $__unixEpochGroup(time_column+time_adjustment,'5m')": (
        "SELECT floor((time_column+time_adjustment)/300)*300"
    ),
    "SELECT $__unixEpochGroupAlias(time_column+time_adjustment,'5m')": (
        'SELECT floor((time_column+time_adjustment)/300)*300 AS "time"'
    ),
}
OF_ITS_SOURCE = {
    "select $__timeEpoch(t)": 'select extract(epoch from t) as "time"',
    "select $__unixEpochFrom(), $__unixEpochTo()": "select 1523556000, 1523556300",
    # Go writes a number of seconds without an exponent
    "$__unixEpochGroup(t,'12d')": "floor((t)/1036800)*1036800",
    "$__unixEpochGroup(t,'20ms')": "floor((t)/0.02)*0.02",
    # a macro inside a string is one all the same
    "select '$__timeFrom()'": "select ''2018-04-12T18:00:00Z''",
    # the first ) ends a macro and every comma parts its arguments: a function cannot stand in one
    "$__timeFilter(coalesce(a,b))": (
        "coalesce(a BETWEEN '2018-04-12T18:00:00Z' AND '2018-04-12T18:05:00Z')"
    ),
    "$__timeFilter(lower(during))": (
        "lower(during BETWEEN '2018-04-12T18:00:00Z' AND '2018-04-12T18:05:00Z')"
    ),
    "($__timeFilter(t)) and (x = 1)": (
        "(t BETWEEN '2018-04-12T18:00:00Z' AND '2018-04-12T18:05:00Z') and (x = 1)"
    ),
    # two on a line, and one directly after the other
    "$__timeFrom()$__timeTo()": "'2018-04-12T18:00:00Z''2018-04-12T18:05:00Z'",
    # no macro: no bracket, no dollar
    "select $1, '$', $$text$$, __timeFrom()": "select $1, '$', $$text$$, __timeFrom()",
}


@pytest.mark.parametrize("text", OF_GRAFANAS_TEST)
def test_it_expands_what_grafanas_own_test_does(text: str) -> None:
    assert sql(text) == OF_GRAFANAS_TEST[text]


@pytest.mark.parametrize("text", OF_ITS_SOURCE)
def test_it_expands_the_rest_as_grafanas_source_does(text: str) -> None:
    assert sql(text) == OF_ITS_SOURCE[text]


def test_times_before_1970_and_parts_of_a_second_are_as_in_grafanas_test() -> None:
    assert sql("$__unixEpochFilter(t)", OLD) == "t >= -312915600 AND t <= -154886400"
    halves = Span(OLD.begin + HALF, OLD.end + HALF)
    assert sql("$__timeFilter(t)", halves) == (
        "t BETWEEN '1960-02-01T07:00:00.5Z' AND '1965-02-03T08:00:00.5Z'"
    )
    assert sql("$__unixEpochNanoFrom()", halves) == "-312915599500000000"


def test_a_range_in_another_zone_is_asked_for_in_utc() -> None:
    zone = datetime.fromisoformat("2018-04-12T20:00:00+02:00")
    assert sql("$__timeFrom()", Span(zone, zone + HALF)) == "'2018-04-12T18:00:00Z'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select $__timeAgo(t)", 'unknown macro "__timeAgo"'),
        ("$__timeGroup(t)", "needs time column and interval"),
        ("$__timeGroup(t,'5 minutes')", "error parsing interval '5 minutes'"),
        ("$__timeGroup(t,'5m',x)", "error parsing fill value x"),
    ],
)
def test_what_grafana_refuses_is_refused(text: str, said: str) -> None:
    with pytest.raises(MacroError, match=said):
        sql(text)


@pytest.mark.parametrize(
    ("text", "fill"),
    [
        ("$__timeGroup(t,'5m')", None),
        ("$__timeGroup(t,'5m',NULL)", Fill(300, None)),
        ("$__timeGroup(t,'5m',previous)", Fill(300, "previous")),
        ("$__timeGroupAlias(t,'1h',0)", Fill(3600, 0.0)),
        ("$__unixEpochGroup(t,'1h30m',-1.5)", Fill(5400, -1.5)),
    ],
)
def test_a_third_argument_says_what_fills_empty_buckets(text: str, fill: Fill | None) -> None:
    assert expand(text, SPAN, interval=HALF).fill == fill


@pytest.mark.parametrize(
    ("interval", "text", "milliseconds"),
    [
        (timedelta(minutes=1), "1m", "60000"),
        (timedelta(hours=2), "2h", "7200000"),
        (timedelta(days=30), "30d", "2592000000"),
        (timedelta(seconds=90), "1m", "90000"),
    ],
)
def test_the_interval_is_told_in_its_largest_unit(
    interval: timedelta, text: str, milliseconds: str
) -> None:
    expected = f"'{text}' {milliseconds}"
    assert sql("'$__interval' $__interval_ms", interval=interval) == expected


@pytest.mark.parametrize(
    ("length", "points", "interval"),
    [
        (timedelta(hours=1), 1200, "1m"),  # 3 s: the datasource asks for nothing under a minute
        (timedelta(days=1), 1200, "1m"),  # 72 s
        (timedelta(days=7), 1200, "10m"),  # 504 s
        (timedelta(days=365), 1200, "6h"),  # 7.3 h
    ],
)
def test_the_interval_follows_the_range_and_the_width(
    length: timedelta, points: int, interval: str
) -> None:
    found = interval_for(Span(BEGIN, BEGIN + length), points)
    assert interval_text(round(found / timedelta(milliseconds=1))) == interval


def test_the_value_of_a_variable_is_no_macro_and_no_other_variable() -> None:
    variables = Variables(SPAN, {
        name: Variable(name, name, (value,), (value,), False, False)
        for name, value in {"a": "$__timeFrom()", "b": "$a ${a} [[a]]"}.items()
    })  # fmt: skip
    text = "select ${a:sqlstring}, ${b:sqlstring}, $__timeTo()"
    assert expand(text, SPAN, interval=HALF, put_in=variables.put_in).sql == (
        "select '$__timeFrom()', '$a ${a} [[a]]', '2018-04-12T18:05:00Z'"
    )
