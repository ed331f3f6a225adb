"""Variables in statements, as Grafana formats them.

Expected texts are the examples of Grafana's documentation, "Advanced variable format options"
(servers = test1, test2 and so on); how SQL datasources write a value without a format is that of
`interpolateVariable` in its PostgreSQL plugin.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from grafana.report.macros import Span
from grafana.report.variables import Variable, VariableError, Variables, resolve

SPAN = Span(
    datetime(2020, 7, 13, 20, 19, 9, 254000, tzinfo=UTC), datetime(2020, 7, 13, 21, tzinfo=UTC)
)
HOSTILE = (
    "",
    "');drop view api.lot; --",
    "\\'; select 1 --",
    "it''s",
    "$$",
    "${servers}",
    "x" * 10_000,
    "\N{RIGHT SINGLE QUOTATION MARK}",
    "a\nb",
)


def variables(*values: str, is_multi: bool = True, has_all: bool = False) -> Variables:
    return Variables(
        SPAN, {"servers": Variable("servers", "Servers", values, values, is_multi, has_all)}
    )


@pytest.mark.parametrize(
    ("shape", "values", "expected"),
    [
        ("csv", ("test1", "test2"), "test1,test2"),
        ("raw", ("test.1", "test2"), "test.1,test2"),
        ("distributed", ("test1", "test2"), "test1,servers=test2"),
        ("doublequote", ("test1", "test2"), '"test1","test2"'),
        ("glob", ("test1", "test2"), "{test1,test2}"),
        ("glob", ("test1",), "test1"),
        ("json", ("test1", "test2"), '["test1","test2"]'),
        ("percentencode", ("foo()bar BAZ", "test2"), "%7Bfoo%28%29bar%20BAZ%2Ctest2%7D"),
        ("pipe", ("test1.", "test2"), "test1.|test2"),
        ("regex", ("test1.", "test2"), r"(test1\.|test2)"),
        ("singlequote", ("test1", "test2"), "'test1','test2'"),
        ("singlequote", ("it's",), r"'it\'s'"),
        ("sqlstring", ("test'1", "test2"), "'test''1','test2'"),
        ("text", ("test1", "test2"), "test1 + test2"),
        ("queryparam", ("test1", "test2"), "var-servers=test1&var-servers=test2"),
    ],
)
def test_formats_are_those_of_grafanas_documentation(
    shape: str, values: tuple[str, ...], expected: str
) -> None:
    assert variables(*values).put_in(f"${{servers:{shape}}}") == expected
    assert variables(*values).put_in(f"[[servers:{shape}]]") == expected


def test_without_a_format_it_is_quoted_where_it_may_be_several() -> None:
    one = variables("it's", is_multi=False)
    assert one.put_in("= '$servers'") == "= 'it''s'"
    assert variables("it's", is_multi=False, has_all=True).put_in("$servers") == "'it''s'"
    assert variables("a", "it's").put_in("in ($servers)") == "in ('a','it''s')"
    assert variables("a", "b").put_in("in ([[servers]]) ${servers}") == "in ('a','b') 'a','b'"


def test_what_is_no_variable_stays() -> None:
    assert variables("a").put_in("$1 $other ${other:csv} $$ [[other]]") == (
        "$1 $other ${other:csv} $$ [[other]]"
    )


def test_a_format_that_grafana_lacks_is_an_error() -> None:
    with pytest.raises(VariableError, match="in format sql, which Grafana lacks"):
        variables("a").put_in("${servers:sql}")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("", "1594671549254"),
        (":date", "2020-07-13T20:19:09.254Z"),
        (":date:iso", "2020-07-13T20:19:09.254Z"),
        (":date:seconds", "1594671549"),
    ],
)
def test_the_range_is_told_as_grafanas_documentation_does(shape: str, expected: str) -> None:
    assert variables().put_in(f"${{__from{shape}}}") == expected


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_one_string_to_the_database(
    db: psycopg.Connection[Any], value: str
) -> None:
    text = variables(value, "b").put_in("select array[${servers:sqlstring}]::text[]")
    assert db.execute(text.encode()).fetchone() == ([value, "b"],)
    bare = variables(value, is_multi=False).put_in("select '$servers'")
    assert db.execute(bare.encode()).fetchone() == (value,)


def board(*declared: dict[str, Any]) -> dict[str, Any]:
    return {"templating": {"list": [{"type": "query", "query": each["name"], **each}
                                    for each in declared]}}  # fmt: skip


def asker(**options: Sequence[str]) -> Callable[[str], list[tuple[str, str]]]:
    return lambda sql: [(value, value) for value in options[sql]]


MULTI = {"name": "machine", "label": "Machine", "multi": True, "includeAll": True}
SINGLE = {"name": "lot", "label": "Lot"}


def test_all_is_every_value_and_a_single_one_is_the_first() -> None:
    ask = asker(machine=["m1", "m2"], lot=["L2", "L1"])
    found = resolve(board(MULTI, SINGLE), SPAN, {}, ask)
    assert found.put_in("array[${machine:sqlstring}] ${lot:sqlstring}") == "array['m1','m2'] 'L2'"
    assert found.known["machine"].is_all


def test_where_there_is_no_value_statements_still_hold() -> None:
    found = resolve(board(MULTI, SINGLE), SPAN, {}, asker(machine=[], lot=[]))
    assert found.put_in("array[${machine:sqlstring}]::text[]") == "array[]::text[]"
    assert found.put_in("= ${lot:sqlstring}") == "= ''"


def test_what_people_choose_is_taken() -> None:
    ask = asker(machine=["m1", "m2", "m3"], lot=["L2"])
    chosen = {"machine": ["m3", "m1"], "lot": ["L1"]}
    found = resolve(board(MULTI, SINGLE), SPAN, chosen, ask)
    assert found.put_in("${machine:csv} ${lot:raw}") == "m3,m1 L1"
    everything = resolve(board(MULTI, SINGLE), SPAN, {"machine": ["$__all"]}, ask)
    assert everything.known["machine"].values == ("m1", "m2", "m3")


def test_a_variable_asks_with_those_before_it() -> None:
    asked: list[str] = []

    def ask(sql: str) -> list[tuple[str, str]]:
        asked.append(sql)
        return [("it's", "it's")]

    place = {"name": "place", "query": "select p where level = ${level:sqlstring}"}
    resolve(board({"name": "level"}, place), SPAN, {}, ask)
    assert asked == ["level", "select p where level = 'it''s'"]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"nobody": ["x"]}, "has no variable nobody"),
        ({"lot": ["L1", "L2"]}, "takes one value, and 2 were given"),
    ],
)
def test_a_choice_that_cannot_be_is_an_error(chosen: dict[str, list[str]], said: str) -> None:
    with pytest.raises(VariableError, match=said):
        resolve(board(SINGLE), SPAN, chosen, asker(lot=["L1"]))
