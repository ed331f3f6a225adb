"""Only one loader per client id: two would throw each other off the broker for ever."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from db.holder import new_holder
from ingest.errors import IngestError
from ingest.store import Store

LIFETIME_S = 10.0
WAIT_S = 0.5


@dataclass(slots=True)
class Lease:
    """A row with an expiry, renewed with each sign of life."""

    client_id: str
    holder: str = field(default_factory=new_holder)

    def take(self, store: Store, is_stopping: Callable[[], bool]) -> None:
        """Wait for the lease of a loader that was killed; refuse where one is alive and renews."""
        holder, first_seen = store.hold_lease(self.holder, LIFETIME_S)
        while holder != self.holder and not is_stopping():
            time.sleep(WAIT_S)
            other, expires_at = store.hold_lease(self.holder, LIFETIME_S)
            if other == holder and expires_at != first_seen:
                raise self._held_by(holder)
            holder = other

    def renew(self, store: Store) -> None:
        holder, _ = store.hold_lease(self.holder, LIFETIME_S)
        if holder != self.holder:
            raise self._held_by(holder)

    def release(self, store: Store) -> None:
        store.release_lease(self.holder)

    def _held_by(self, holder: str) -> IngestError:
        return IngestError(
            f'another loader ({holder}) runs with the client id "{self.client_id}"',
            hint="Stop it, or give this one a client id and topics of its own.",
        )
