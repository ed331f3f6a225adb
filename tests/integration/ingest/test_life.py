"""What the loader does beside loading: it leaves topics, says how it is, learns what changed."""

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path
from threading import Event
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt import subscribe
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from scripts.native_postgres import free_port
from tests.integration.ingest.conftest import Loader, Mosquitto, Plant
from tests.logins import login_url
from tests.waiting import wait_until

pytestmark = pytest.mark.native

POWER = "plant/l/m1/power"


def reading(plant: Plant, second: int, topic: str = POWER) -> tuple[str, bytes]:
    time = plant.instant(second).isoformat()
    return topic, json.dumps({"value": second, "time": time}).encode()


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def retained(mosquitto: Mosquitto, topic: str) -> str:
    message: Any = subscribe.simple(topic, hostname="127.0.0.1", port=mosquitto.port)
    return str(message.payload.decode())


def test_topics_that_are_no_longer_wanted_are_left(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    """A durable session keeps a filter until it is told otherwise, even while nobody is there."""
    loader.start("--topics", "plant/l/m1/#,plant/l/m2/#").wait_connected()
    loader.terminate()
    loader.start("--topics", "plant/l/m1/#").wait_connected()
    assert "event=unsubscribed topic=plant/l/m2/#" in loader.log()
    loader.terminate()
    mosquitto.publish([reading(plant, 1, "plant/l/m2/t"), reading(plant, 2)])
    loader.start("--topics", "plant/l/m1/#").wait_connected()
    wait_until(lambda: len(plant.rows("readings")) == 1)
    assert plant.rows("readings")[0][0] == POWER
    assert plant.rows("ledger_sum")[0][0] == 1


def test_health_tells_broker_and_database_apart(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    port = free_port()
    loader.start("--health-port", str(port)).wait_connected()
    wait_until(lambda: get(port, "/ready")[0] == 200)
    assert get(port, "/healthy")[0] == 200
    mosquitto.publish([*(reading(plant, second) for second in range(10)), reading(plant, 3)])
    wait_until(lambda: "lotwatt_loader_messages_total 11.0" in get(port, "/metrics")[1])
    metrics = get(port, "/metrics")[1]
    assert 'lotwatt_loader_outcomes_total{outcome="stored"} 10.0' in metrics
    assert 'lotwatt_loader_outcomes_total{outcome="duplicate"} 1.0' in metrics
    mosquitto.stop()
    wait_until(lambda: get(port, "/healthy")[0] == 503)
    assert get(port, "/alive")[0] == 200
    assert get(port, "/ready")[0] == 503
    mosquitto.start()
    wait_until(lambda: get(port, "/healthy")[0] == 200)


def test_a_port_that_is_taken_stops_nothing(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        loader.start("--health-port", str(taken.getsockname()[1])).wait_connected()
        mosquitto.publish([reading(plant, 1)])
        wait_until(lambda: len(plant.rows("readings")) == 1)


def test_a_new_sensor_is_learned_while_it_runs(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    loader.start().wait_connected()
    mosquitto.publish([reading(plant, 1, "plant/l/m1/new")])
    wait_until(lambda: len(plant.rows("unknown")) == 1)
    seen = loader.log().count("event=catalog")
    plant.do("sensor", topic="plant/l/m1/new")
    wait_until(lambda: loader.log().count("event=catalog") > seen)
    mosquitto.publish([reading(plant, 2, "plant/l/m1/new")])
    wait_until(lambda: len(plant.rows("readings")) == 1)


def test_its_own_status_is_kept_by_the_broker(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    loader.start().wait_connected()
    wait_until(lambda: retained(mosquitto, "lotwatt/lotwatt/status") == "online")
    loader.kill()
    wait_until(lambda: retained(mosquitto, "lotwatt/lotwatt/status") == "offline")
    loader.start().wait_connected()
    wait_until(lambda: retained(mosquitto, "lotwatt/lotwatt/status") == "online")
    loader.terminate()
    wait_until(lambda: retained(mosquitto, "lotwatt/lotwatt/status") == "offline")


def test_a_device_that_dies_is_offline_by_its_last_will(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    loader.start().wait_connected()
    device = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="device")
    device.will_set("plant/l/m1/status", "offline", qos=1, retain=True)
    device.connect("127.0.0.1", mosquitto.port)
    device.loop_start()
    device.publish("plant/l/m1/status", "online", qos=1, retain=True).wait_for_publish(10)
    wait_until(lambda: plant.rows("devices") == [("plant/l/m1", True)])
    sock: Any = device.socket()
    device.loop_stop()
    sock.close()  # without a goodbye
    wait_until(lambda: plant.rows("devices") == [("plant/l/m1", False)])


def test_a_successor_need_not_wait_for_a_killed_loader(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    """Its lease would last for an hour more, but the server process that it had is gone."""
    loader.start().wait_connected()
    loader.kill()
    plant.do("prolong_leases")
    before = plant.rows("lease_of")
    loader.start().wait_connected()
    assert plant.rows("lease_of") != before


def test_a_broker_that_dies_with_all_it_had_takes_nothing_along(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    """Messages that the loader has taken in and not stored yet, and that the broker forgets."""
    port = free_port()
    loader.start("--batch-linger", "10", "--health-port", str(port)).wait_connected()
    mosquitto.publish([reading(plant, second) for second in range(50)])
    wait_until(lambda: "lotwatt_loader_buffered_messages 50.0" in get(port, "/metrics")[1])
    mosquitto.kill_and_forget()
    wait_until(lambda: len(plant.rows("readings")) == 50)
    mosquitto.start()
    wait_until(lambda: loader.log().count("event=connected") == 2)
    mosquitto.publish([reading(plant, 60)])
    wait_until(lambda: len(plant.rows("readings")) == 51)
    assert plant.rows("ledger_sum")[0][:4] == (51, 51, 51, 0)


def test_a_server_without_a_second_connection_ends_nothing(
    plant: Plant, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """The loader would like another one when batches are full, and has to do with the first."""
    with login_url(plant.connection, plant.url, "lotwatt_loader") as url:
        plant.connection.execute(
            sql.SQL("alter role {} connection limit 1").format(
                sql.Identifier(str(conninfo_to_dict(url)["user"]))
            )
        )
        loader = Loader(url, mosquitto.port, tmp_path / "loader.log")
        try:
            loader.start("--batch-messages", "20").wait_connected()
            with plant.connection.transaction():
                plant.do("lock_readings")
                mosquitto.publish([reading(plant, second) for second in range(400)])
                wait_until(lambda: "event=no_more_writers" in loader.log())
            wait_until(lambda: len(plant.rows("readings")) == 400)
        finally:
            assert loader.terminate() == 0
    assert "event=database_away" not in loader.log()


def test_a_filter_of_qos_2_from_another_time_is_served(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    """The session was another program's, and asked for QoS 2 where the loader asks for nothing."""
    other = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="lotwatt", clean_session=False)
    subscribed = Event()
    other.on_subscribe = lambda *_: subscribed.set()
    other.connect("127.0.0.1", mosquitto.port)
    other.loop_start()
    other.subscribe("plant/l/m2/#", 2)
    assert subscribed.wait(10)
    other.disconnect()
    other.loop_stop()
    loader.start("--topics", "plant/l/m1/#").wait_connected()
    # More than may be under way: without an answer to each the broker would send no more.
    many = [reading(plant, second, "plant/l/m2/t") for second in range(2500)]
    mosquitto.publish(many, qos=2)
    wait_until(lambda: len(plant.rows("readings")) == 2500)
    assert loader.terminate() == 0
    assert plant.rows("ledger_sum")[0][:4] == (2500, 2500, 2500, 0)
