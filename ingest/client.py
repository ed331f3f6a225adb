"""paho's client as the settings want it, and one that reads in bulk."""

from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.config import MqttConfig
from ingest.wire import BufferedSocket


class Client(paho.Client):
    """Acknowledges by hand and does not connect again by itself."""

    def __init__(self, config: MqttConfig, client_id: str, *, clean_session: bool) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean_session,
            protocol=MQTTProtocolVersion.MQTTv311, manual_ack=True, reconnect_on_failure=False,
        )  # fmt: skip
        if config.username is not None:
            self.username_pw_set(config.username, config.password)
        if config.has_tls:
            self.tls_set(
                ca_certs=str(config.tls_ca) if config.tls_ca else None,
                certfile=str(config.tls_cert) if config.tls_cert else None,
                keyfile=str(config.tls_key) if config.tls_key else None,
            )


class BufferedClient(Client):
    """It reads from a BufferedSocket."""

    buffered: BufferedSocket | None = None

    def _create_socket(self) -> Any:
        # The one private method that is overridden: paho offers no other way to its socket.
        self.buffered = BufferedSocket(super()._create_socket())
        return self.buffered
