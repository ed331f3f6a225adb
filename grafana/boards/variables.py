"""Variables that boards share, and links from board to board."""

from collections.abc import Mapping

from grafana.boards.model import DATASOURCE, Json, uid


def variable(
    name: str, label: str, sql: str, *, is_multi: bool = True, is_hidden: bool = False
) -> Json:
    """A variable whose values a statement returns.

    Use it as `= any(array[${name:sqlstring}]::text[])`, which holds where there is no value at all.
    """
    everything = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": DATASOURCE,
        "definition": sql,
        "query": sql,
        "refresh": 2,
        "regex": "",
        "sort": 0,
        "multi": is_multi,
        "includeAll": is_multi,
        "hide": 2 if is_hidden else 0,
        "skipUrlSync": False,
        "options": [],
        "current": everything if is_multi else {},
    }


def link(title: str, board: str, values: Mapping[str, str], *, time: str = "keep") -> Json:
    """A link of a cell or a point to another board.

    `values` fill its variables, such as {"lot": "${__data.fields.lot}"}. `time` keeps the range, or
    names two columns that hold the new one: "started_at,finished_at".
    """
    query = [f"var-{name}={value}" for name, value in values.items()]
    if time == "keep":
        query.append("${__url_time_range}")
    else:
        begin, end = time.split(",")
        query += [
            f"from=${{__data.fields.{begin}.numeric}}", f"to=${{__data.fields.{end}.numeric}}"
        ]  # fmt: skip
    return {"title": title, "url": f"/d/{uid(board)}?{'&'.join(query)}", "targetBlank": False}


LINE = variable("line", "Line", "select distinct line from api.machine order by 1")
MACHINE = variable(
    "machine",
    "Machine",
    "select machine from api.machine where line = any(array[${line:sqlstring}]::text[]) order by 1",
)
REFERENCE = variable("reference", "Reference", "select reference from api.reference order by 1")
