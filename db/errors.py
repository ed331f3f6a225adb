"""What goes wrong in this package, said in sentences."""


class LotwattError(Exception):
    """Something failed; the hint says what to do about it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nHINT: {self.hint}" if self.hint else self.message


class NoDatabaseError(LotwattError):
    """No database to talk to."""


class SecretError(LotwattError):
    """A file that holds a secret is missing, empty or open to others."""


class MigrationError(LotwattError):
    """A file of SQL could not be applied."""


class PlantFileError(LotwattError):
    """A plant file says something that cannot be meant."""
