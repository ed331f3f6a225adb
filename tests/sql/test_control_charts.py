"""Control charts: limits, Nelson's rules and capability, each against an example worked by hand.

Rules: L. S. Nelson, Journal of Quality Technology 16 (1984), 237-239. Limits and capability:
NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 and 6.1.6.
"""

import pytest

from tests.sql.builders import Connection, row, rows

NELSON = "select place, rules from api.nelson(%s, 0, 1) order by place"


def broken(db: Connection, values: list[float | None]) -> dict[int, list[int]]:
    """Places (from 1) whose value completes the breaking of a rule; centre 0, sigma 1."""
    return {
        found["place"]: found["rules"]
        for found in rows(db, NELSON, [values]) if found["rules"]
    }  # fmt: skip


# For each rule a sequence that breaks it at its last point, and one that just does not.
@pytest.mark.parametrize(
    ("rule", "breaks", "keeps"),
    [
        # 1: one point beyond 3 sigma
        (1, [0.5, -3.01], [0.5, -3.0]),
        # 2: nine in a row on one side; a point on the centre line is on no side
        (2, [0.2, 0.1] * 4 + [0.3], [0.2, 0.1, 0.2, 0.1, 0.0, 0.2, 0.1, 0.2, 0.1, 0.3]),
        # 3: six in a row that rise or fall; five are not enough, nor are six of which two are alike
        (3, [-0.5, -0.3, -0.1, 0.1, 0.3, 0.5], [-0.5, -0.3, -0.1, 0.1, 0.3, 0.3]),
        (3, [0.5, 0.3, 0.1, -0.1, -0.3, -0.5], [0.5, 0.3, 0.1, -0.1, -0.3]),
        # 4: fourteen in a row that go up and down in turn
        (4, [0.1, -0.1] * 7, [0.1, -0.1] * 6 + [0.1]),
        # 5: two of three beyond 2 sigma, on one side
        (5, [2.1, 0.5, 2.1], [2.1, 0.5, -2.1]),
        (5, [-2.1, 0.5, -2.1], [-2.1, 0.5, 0.4, -2.1]),
        # 6: four of five beyond 1 sigma, on one side
        (6, [1.1, 1.2, 0.5, 1.1, 1.2], [1.1, 1.2, 0.5, 1.1, 1.0]),
        (6, [-1.1, -1.2, 0.5, -1.1, -1.2], [-1.1, -1.2, 0.5, 1.1, -1.2]),
        # 7: fifteen in a row within 1 sigma, on either side
        (7, [0.9, 0.5, -0.5] * 5, [0.9, 0.5, -0.5] * 4 + [0.9, 0.5]),
        # 8: eight in a row beyond 1 sigma, on both sides
        (8, [1.5, 1.1, -1.5, -1.1] * 2, [1.5, 1.1, -1.5, -1.1, 1.5, 1.1, -1.5, -1.0]),
    ],
)
def test_each_rule_is_broken_by_one_sequence_and_kept_by_the_next(
    db: Connection, rule: int, breaks: list[float], keeps: list[float]
) -> None:
    found = broken(db, breaks)  # type: ignore[arg-type]
    assert [place for place, rules in found.items() if rule in rules] == [len(breaks)]
    assert not any(rule in rules for rules in broken(db, keeps).values())  # type: ignore[arg-type]


def test_eight_beyond_one_sigma_on_one_side_are_a_matter_of_other_rules(db: Connection) -> None:
    assert not any(8 in rules for rules in broken(db, [1.5, 1.1] * 4).values())


def test_a_value_that_is_not_known_is_passed_over(db: Connection) -> None:
    assert broken(db, [2.1, None, 0.5, None, 2.1]) == {5: [5]}


def test_without_a_sigma_there_are_no_rules(db: Connection) -> None:
    found = rows(db, "select * from api.nelson(array[1.0, 2.0], 1, 0)")
    assert [each["rules"] for each in found] == [None, None]


def test_limits_of_the_flow_rate_of_the_nist_handbook(db: Connection) -> None:
    """6.3.2.2: mean 50.81, mean moving range 1.8778, limits 55.8041 and 45.8159."""
    values = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    found = row(db, "select * from api.individuals(%s)", [values])
    assert found["center"] == pytest.approx(50.81)
    assert found["moving_range"] == pytest.approx(1.8778, abs=5e-5)
    assert found["upper"] == pytest.approx(55.8041, abs=5e-5)
    assert found["lower"] == pytest.approx(45.8159, abs=5e-5)
    assert found["lots"] == 10
    # D4 x mean moving range: 3.267 x 16.9 / 9
    assert found["moving_range_upper"] == pytest.approx(3.267 * 16.9 / 9)


def test_limits_follow_from_the_order(db: Connection) -> None:
    """0, 2, 0, 2: ranges 2, 2, 2; sorted they are 0, 2, 0."""
    found = row(db, "select moving_range from api.individuals(array[0, 2, 0, 2])")
    assert found["moving_range"] == 2
    found = row(db, "select moving_range from api.individuals(array[0, 0, 2, 2])")
    assert found["moving_range"] == pytest.approx(2 / 3)


def test_one_value_has_no_limits(db: Connection) -> None:
    found = row(db, "select * from api.individuals(array[5.0])")
    assert (found["lots"], found["center"], found["upper"]) == (1, 5.0, None)


def test_capability_of_the_nist_handbook(db: Connection) -> None:
    """6.1.6: from 8 to 20, mean 16, sigma 2: Cp 1.0; upper 0.6667, lower 1.3333, so Cpk 0.6667."""
    found = row(db, "select * from api.capability_of(16, 2, 8, 20)")
    assert found["cp"] == pytest.approx(1.0)
    assert found["cpk"] == pytest.approx(0.6667, abs=5e-5)


def test_capability_against_one_end_and_without_spread(db: Connection) -> None:
    found = row(db, "select * from api.capability_of(16, 2, null, 20)")
    assert found["cp"] is None
    assert found["cpk"] == pytest.approx(2 / 3)
    # the mean lies 2 above the band of 8 to 14: -2 / 6
    assert row(db, "select * from api.capability_of(16, 2, 8, 14)")["cpk"] == pytest.approx(-1 / 3)
    assert row(db, "select * from api.capability_of(16, 0, 8, 20)") == {"cp": None, "cpk": None}
