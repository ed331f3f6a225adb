"""The committed JSON of dashboards is what grafana/boards makes, in every language."""

import json

import pytest

from db.statements import ROOT
from grafana.boards.translate import LOCALES, catalogue, texts, translated
from grafana.boards.write import boards, texts_of_files

FOLDER = ROOT / "grafana" / "provisioning" / "dashboards"
BOARDS = {board.name: board for board in boards()}


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_committed_is_what_the_code_makes(locale: str) -> None:
    """Where this fails, run `make dashboards` and `make dashboards LOCALE=es`."""
    wanted = texts_of_files(locale)
    assert {path.name for path in (FOLDER / locale).glob("*.json")} == set(wanted)
    for name, content in wanted.items():
        assert (FOLDER / locale / name).read_text(encoding="utf-8") == content, name


def test_a_catalogue_holds_nothing_that_no_board_says() -> None:
    said = {text for board in BOARDS.values() for text in texts(board.json())}
    assert sorted(set(catalogue("es")) - said) == []


@pytest.mark.parametrize("name", BOARDS)
def test_a_language_changes_texts_and_nothing_else(name: str) -> None:
    english, spanish = BOARDS[name].json(), translated(BOARDS[name].json(), "es")
    assert spanish["uid"] == english["uid"] == f"lotwatt-{name}"
    assert [panel.get("targets") for panel in spanish["panels"]] == [
        panel.get("targets") for panel in english["panels"]
    ]
    assert sorted(texts(spanish)) != sorted(texts(english))


@pytest.mark.parametrize("name", BOARDS)
def test_a_panel_asks_in_at_most_three_lines(name: str) -> None:
    for statement, text in BOARDS[name].statements.items():
        assert len(text.splitlines()) <= 3, statement


@pytest.mark.parametrize("name", BOARDS)
def test_every_statement_of_a_board_is_used(name: str) -> None:
    board = BOARDS[name]
    used = {query for row in board.rows for panel in row.panels for query in panel.queries}
    used |= {shade.query for shade in board.annotations}
    assert used == set(board.statements)


@pytest.mark.parametrize("name", BOARDS)
def test_panels_fit_into_24_columns_and_do_not_overlap(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARDS[name].json()["panels"]:
        for each in (panel, *panel["panels"]) if panel["type"] == "row" else (panel,):
            spot = each["gridPos"]
            assert spot["x"] + spot["w"] <= 24
            if each is not panel:
                continue  # folded: laid out when it is opened
            cells = {
                (x, y)
                for x in range(spot["x"], spot["x"] + spot["w"])
                for y in range(spot["y"], spot["y"] + spot["h"])
            }
            assert not taken & cells, each["title"]
            taken |= cells


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_has_a_title_a_description_and_a_word_for_nothing(name: str) -> None:
    for panel in json.loads((FOLDER / "en" / f"{name}.json").read_text())["panels"]:
        for each in (panel, *panel["panels"]) if panel["type"] == "row" else (panel,):
            assert each["title"]
            if each["type"] != "row":
                assert each["description"]
                assert each["fieldConfig"]["defaults"]["noValue"]
                assert each["fieldConfig"]["defaults"]["unit"]
