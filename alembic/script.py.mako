"""${message}"""

from db import revision as files

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    files.run("${up_revision}")
