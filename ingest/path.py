"""JMESPath in mappings: on a record, or on the whole document where it begins with `$`."""

from typing import Any

import jmespath

from ingest.errors import RefusedError


class Path:
    """A path, ready to look with. Plain names (`a.b`) are walked here: ten times as fast."""

    __slots__ = ("_expression", "_is_root", "steps", "text")

    def __init__(self, text: str) -> None:
        """Raises ValueError where the text is no path."""
        self.text = text
        self._is_root = text.startswith("$")
        expression = text[1:].removeprefix(".") or "@" if self._is_root else text
        self._expression = jmespath.compile(expression)
        self.steps = steps_of(self._expression.parsed)

    def find(self, document: object, record: object) -> Any:
        """What is there, None where nothing is."""
        node: Any = document if self._is_root else record
        if self.steps is None:
            try:
                return self._expression.search(node)
            except Exception as error:  # whatever the library makes of a document from outside
                first = str(error).splitlines() or [type(error).__name__]
                raise RefusedError("path_mismatch", f"{self.text}: {first[0]}") from None
        for step in self.steps:
            if type(node) is not dict:
                return None
            node = node.get(step)
        return node

    def steps_below(self, other: "Path | None") -> tuple[str, ...] | None:
        """Names that lead from what the other path finds to what this one does; None if unknown."""
        if self.steps is None or self._is_root:
            return None
        above: tuple[str, ...] | None = () if other is None else other.steps
        if above is None or self.steps[: len(above)] != above:
            return None
        return self.steps[len(above) :]


def steps_of(node: dict[str, Any]) -> tuple[str, ...] | None:
    """The names of a path that is nothing but names; `@` is none at all."""
    if node["type"] == "current":
        return ()
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "subexpression":
        parts = [steps_of(child) for child in node["children"]]
        if all(part is not None for part in parts):
            return tuple(name for part in parts for name in part or ())
    return None
