"""What one check found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The hint says what to do where it is not well."""

    check: str
    is_ok: bool
    said: str
    hint: str = ""
