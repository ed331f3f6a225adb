"""Values of a file: numbers as people and spreadsheets write them."""

import re
from decimal import Decimal

from ingest.errors import RefusedError
from ingest.files.layout import Layout
from ingest.number import LONGEST_NUMBER, parse_value

# What spreadsheets and loggers write where there is no value: a gap, and no reading.
NOTHING = frozenset(("", "nan", "null", "none", "na", "n/a", "-", "--"))
# Spaces that stand between thousands: plain, no-break, narrow no-break, thin.
SPACES = " \u00a0\u202f\u2009"


class Numbers:
    """Cells to values, by one decimal sign and one sign between thousands."""

    def __init__(self, layout: Layout) -> None:
        self._decimal = layout.decimal
        self._thousands = SPACES if layout.thousands == " " else layout.thousands
        decimal = re.escape(layout.decimal)
        whole = "[0-9]+"
        if self._thousands:
            whole = f"(?:[0-9]{{1,3}}(?:[{re.escape(self._thousands)}][0-9]{{3}})+|[0-9]+)"
        self._number = re.compile(
            f"[+-]?(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        )
        self._drop = str.maketrans(
            {**dict.fromkeys(self._thousands), ",": "."}
            if self._decimal == ","
            else dict.fromkeys(self._thousands)
        )

    def parse(self, cell: object) -> float | None:
        """None where there is no value. Raises RefusedError for what is no number."""
        if isinstance(cell, str):
            text = cell.strip().strip(SPACES)
            if text.lower() in NOTHING:
                return None
            if len(text) > LONGEST_NUMBER or self._number.fullmatch(text) is None:
                raise RefusedError(
                    "value_is_string", f"{text[:64]} is no number as said{self.sign()}"
                )
            return parse_value(float(text.translate(self._drop)))
        if cell is None or cell != cell:
            return None
        return parse_value(float(cell) if isinstance(cell, Decimal) else cell)

    def sign(self) -> str:
        thousands = f", thousands {self._thousands[0]!r}" if self._thousands else ""
        return f" (decimal {self._decimal!r}{thousands})"
