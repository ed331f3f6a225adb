"""Controls 1 to 6 of docs/security.md, each as shipped and with the control taken away: then the
attack succeeds, so the test would have noticed.
"""

import gc
import re
import shutil
import signal
import socket
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from db.statements import ROOT
from ingest.probe import probe
from tests.security.broker import (
    PASSWORD,
    SCRIPTS,
    Broker,
    Change,
    Client,
    add_account,
    as_shipped,
    instead,
    is_open,
    need,
    running,
    without,
)
from tests.waiting import wait_until

pytestmark = pytest.mark.native

M1 = "plant/l/m1/power"
M2 = "plant/l/m2/power"


def shipped_or(change: Change) -> pytest.MarkDecorator:
    """Run a test on the shipped file, and once more with a control taken away."""
    return pytest.mark.parametrize(
        ("change", "is_removed"), [(as_shipped, False), (change, True)], ids=["shipped", "removed"]
    )


def let_everybody_in(text: str) -> str:
    """Two lines keep strangers out: a client without a name can have no client id either."""
    anonymous = instead("allow_anonymous false", "allow_anonymous true")
    return without("use_username_as_clientid true")(anonymous(text))


@shipped_or(let_everybody_in)
def test_nobody_without_an_account(
    broker_folder: Path, certificates: Path, change: Change, is_removed: bool
) -> None:
    with running(broker_folder, certificates, config=change) as broker:
        with Client(broker.plain) as stranger:
            assert stranger.is_in is is_removed
        with Client(broker.plain, "m1", password="guess") as guesser:
            assert not guesser.is_in
        with Client(broker.plain, "m1") as machine:
            assert machine.is_in


@shipped_or(instead("listener 1883 127.0.0.1", "listener 1883"))
def test_unencrypted_on_loopback_only(
    broker_folder: Path, certificates: Path, change: Change, is_removed: bool
) -> None:
    """127.0.0.2 stands for every other address of this host."""
    with running(broker_folder, certificates, config=change) as broker:
        assert is_open("127.0.0.2", broker.plain) is is_removed
        assert is_open("127.0.0.2", broker.secure)
        assert {port for _, port in listening(broker)} == {broker.plain, broker.secure}


def test_a_setting_before_the_first_listener_opens_another(
    broker_folder: Path, certificates: Path
) -> None:
    """Why `use_username_as_clientid` stands below each listener, and not on top."""

    def on_top(text: str) -> str:
        setting = "use_username_as_clientid true\n"
        return text.replace("allow_anonymous", setting + "allow_anonymous", 1)

    need("mosquitto", "mosquitto")
    broker = Broker(broker_folder, certificates, on_top)
    broker.prepare()
    try:
        broker.start()
    except AssertionError:  # somebody has that port here already
        wait_until(lambda: "Address already in use" in broker.log())
        assert "port 1883" in broker.log()
    else:
        assert ("0.0.0.0", 1883) in listening(broker)
        broker.stop()


def listening(broker: Broker) -> set[tuple[str, int]]:
    """IPv4 addresses and ports on which this broker listens, as the kernel has them."""
    assert broker.process is not None
    inodes = set()
    for path in Path(f"/proc/{broker.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if found := re.fullmatch(r"socket:\[(\d+)\]", str(path.readlink())):
                inodes.add(found[1])
    result = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *rest = line.split()
        if state == "0A" and rest[5] in inodes:
            address, port = local.split(":")
            octets = bytes.fromhex(address)[::-1]
            result.add((".".join(map(str, octets)), int(port, 16)))
    return result


@shipped_or(instead("tls_version tlsv1.2", "tls_version tlsv1.1\nciphers DEFAULT@SECLEVEL=0"))
def test_tls_1_2_at_least(
    broker_folder: Path, certificates: Path, change: Change, is_removed: bool
) -> None:
    with running(broker_folder, certificates, config=change) as broker:
        old = trusting(certificates / "ca.pem")
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        if is_removed:
            with Client(broker.secure, "m1", tls=old) as machine:
                assert machine.is_in
        else:
            with pytest.raises(ssl.SSLError, match=r"protocol|alert"):
                shake_hands(broker.secure, old)
            with Client(broker.secure, "m1", tls=trusting(certificates / "ca.pem")) as machine:
                assert machine.is_in


def shake_hands(port: int, tls: ssl.SSLContext) -> None:
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        tls.wrap_socket(plain, server_hostname="127.0.0.1"),
    ):
        pass


def trusting(authority: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority))


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_the_loader_trusts_no_foreign_broker(
    broker_folder: Path, certificates: Path, foreign_certificates: Path
) -> None:
    """With the check of certificates taken away, the same client gets in."""
    with running(broker_folder, certificates) as broker:
        ours = broker.settings(port=broker.secure, has_tls=True, tls_ca=certificates / "ca.pem")
        assert probe(ours).is_known
        foreign = broker.settings(
            port=broker.secure, has_tls=True, tls_ca=foreign_certificates / "ca.pem"
        )
        assert "certificate verify failed" in probe(foreign).why
        gc.collect()
        unchecked = trusting(foreign_certificates / "ca.pem")
        unchecked.check_hostname = False
        unchecked.verify_mode = ssl.CERT_NONE
        with Client(broker.secure, "lotwatt", tls=unchecked) as careless:
            assert careless.is_in


def test_no_client_of_ours_skips_the_check() -> None:
    files = [*(ROOT / "ingest").glob("*.py"), *(ROOT / "scripts").rglob("*.py")]
    assert files
    for file in files:
        assert not re.search(r"tls_insecure|CERT_NONE", file.read_text()), file


def test_client_certificates_where_they_are_asked_for(
    broker_folder: Path, certificates: Path
) -> None:
    """The two lines that the shipped file has as a comment."""
    subprocess.run(
        [ROOT / "scripts" / "certificates", certificates, "--client", "m1"],
        check=True,
        capture_output=True,
    )
    change = instead("#cafile", "cafile")
    asks = instead("#require_certificate", "require_certificate")
    with running(broker_folder, certificates, config=lambda text: asks(change(text))) as broker:
        bare = trusting(certificates / "ca.pem")
        bare.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises((ssl.SSLError, ConnectionError)):
            shake_hands(broker.secure, bare)
        known = trusting(certificates / "ca.pem")
        known.load_cert_chain(certificates / "m1.pem", certificates / "m1.key")
        with Client(broker.secure, "m1", tls=known) as machine:
            assert machine.is_in


@shipped_or(without("acl_file /etc/mosquitto/lotwatt.acl"))
def test_a_machine_writes_below_its_own_topic_only(
    broker_folder: Path, certificates: Path, change: Change, is_removed: bool
) -> None:
    with (
        running(broker_folder, certificates, config=change) as broker,
        Client(broker.plain, "lotwatt") as loader,
        Client(broker.plain, "m1") as machine,
    ):
        loader.subscribe("plant/#")
        machine.publish(M2, "of m2")
        machine.publish("plant/l", "of the line")
        machine.publish("plant/l/m1", "own")
        machine.publish(M1, "own, below")
        loader.settle()
        got = {"own", "own, below"}
        assert set(loader.payloads) == (got | {"of m2", "of the line"} if is_removed else got)


@shipped_or(without("acl_file /etc/mosquitto/lotwatt.acl"))
def test_a_machine_reads_nothing(
    broker_folder: Path, certificates: Path, change: Change, is_removed: bool
) -> None:
    with (
        running(broker_folder, certificates, config=change) as broker,
        Client(broker.plain, "m1") as curious,
        Client(broker.plain, "m2") as machine,
    ):
        curious.subscribe("plant/#")
        curious.subscribe("lotwatt/#")
        machine.publish(M2, "secret")
        curious.settle()
        assert bool(curious.payloads) is is_removed


@pytest.mark.parametrize(
    ("acl", "is_removed"),
    [(as_shipped, False), (instead("topic read plant/#", "topic readwrite plant/#"), True)],
    ids=["shipped", "removed"],
)
def test_the_loader_writes_no_readings(
    broker_folder: Path, certificates: Path, acl: Change, is_removed: bool
) -> None:
    with (
        running(broker_folder, certificates, acl=acl) as broker,
        Client(broker.plain, "lotwatt") as loader,
    ):
        loader.subscribe("plant/#")
        loader.subscribe("lotwatt/#")
        loader.publish(M1, "forged")
        loader.publish("lotwatt/status", "online")
        loader.settle()
        assert loader.payloads == (["forged", "online"] if is_removed else ["online"])


@shipped_or(without("use_username_as_clientid true"))
def test_nobody_takes_the_queue_of_the_loader(
    broker_folder: Path, certificates: Path, change: Change, is_removed: bool
) -> None:
    """A clean session under the loader's client id throws away what waits for it."""
    with running(broker_folder, certificates, config=change) as broker:
        with Client(broker.plain, "lotwatt", clean=False) as loader:
            loader.subscribe("plant/#")
        with Client(broker.plain, "m1") as machine:
            machine.publish(M1, "1", "2", "3", "4")
        with Client(broker.plain, "m1", client_id="lotwatt") as attacker:
            assert attacker.is_in
        with Client(broker.plain, "lotwatt", clean=False) as loader:
            loader.settle()
            assert loader.payloads == ([] if is_removed else ["1", "2", "3", "4"])


NAMES = ["a/b", "#", "+", "", "m2/power", "-D", "é", "a b", "a\nb", "$SYS", "a:b", "%u"]


@pytest.mark.parametrize("name", NAMES)
def test_an_account_is_called_by_one_plain_word(name: str, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    said = add_account(file, name)
    assert "letters, digits, _ and - only" in said
    assert not file.exists()


@pytest.mark.parametrize("is_removed", [False, True], ids=["shipped", "removed"])
def test_a_name_with_a_slash_would_reach_into_another_machine(
    broker_folder: Path, certificates: Path, tmp_path: Path, is_removed: bool
) -> None:
    script = SCRIPTS / "account"
    if is_removed:
        text = script.read_text()
        careless = re.sub(r'^case "\$name" in.*?^esac\n', "", text, flags=re.DOTALL | re.MULTILINE)
        assert careless != text
        script = tmp_path / "careless"
        script.write_text(careless)
        script.chmod(0o755)
    name = "m2/power"
    with running(broker_folder, certificates) as broker:
        said = add_account(broker.folder / "lotwatt.passwords", name, script)
        assert bool(said) is not is_removed
        assert broker.process is not None
        broker.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "Reloading config" in broker.log())
        with Client(broker.plain, "lotwatt") as loader:
            loader.subscribe("plant/#")
            with Client(broker.plain, name) as attacker:
                assert attacker.is_in is is_removed
                if is_removed:
                    attacker.publish(M2, "forged")
            loader.settle()
            assert loader.payloads == (["forged"] if is_removed else [])


def test_an_account_that_is_removed_is_out(broker_folder: Path, certificates: Path) -> None:
    with running(broker_folder, certificates) as broker:
        subprocess.run(
            [SCRIPTS / "account", "--file", broker.folder / "lotwatt.passwords", "--remove", "m1"],
            check=True, capture_output=True,
        )  # fmt: skip
        assert broker.process is not None
        broker.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "Reloading config" in broker.log())
        with Client(broker.plain, "m1") as machine, Client(broker.plain, "m2") as other:
            assert not machine.is_in
            assert other.is_in


def test_the_password_of_an_account_is_no_argument(tmp_path: Path) -> None:
    """A stand-in for mosquitto_passwd notes what `ps` would have shown."""
    tool = tmp_path / "mosquitto_passwd"
    tool.write_text(f'#!/bin/sh\necho "$0 $*" >>{tmp_path}/seen\ncat >>{tmp_path}/input\n')
    tool.chmod(0o755)
    subprocess.run(
        [SCRIPTS / "account", "--file", tmp_path / "passwords", "m1"], input=PASSWORD, text=True,
        check=True, capture_output=True, env={"PATH": f"{tmp_path}:{tmp_path}:/usr/bin:/bin"},
    )  # fmt: skip
    assert "m1" in (tmp_path / "seen").read_text()
    assert PASSWORD not in (tmp_path / "seen").read_text()
    assert PASSWORD in (tmp_path / "input").read_text()


@shipped_or(without("log_type debug"))
def test_a_denied_message_is_logged(
    broker_folder: Path, certificates: Path, change: Change, is_removed: bool
) -> None:
    """Its sender is told nothing: in MQTT 3.1.1 it gets the same acknowledgement."""
    with running(broker_folder, certificates, config=change) as broker:
        with Client(broker.plain, "m1") as machine:
            machine.publish(M2, "forged", "again")
            machine.publish(M1, "own")
        wait_until(lambda: "Client m1 disconnected" in broker.log())
        log = broker.log()
        assert "Received" not in log
        assert "Sending" not in log
        done = subprocess.run(
            [SCRIPTS / "denied"], input=log, capture_output=True, text=True, check=False
        )
        if is_removed:
            assert (done.returncode, done.stdout) == (0, "")
        else:
            assert done.returncode == 1
            assert done.stdout.split("\n")[1].split() == ["2", "m1", M2]


def test_a_message_cannot_hide_another_from_the_log(
    broker_folder: Path, certificates: Path
) -> None:
    """A topic that looks like the lines that are dropped."""
    with running(broker_folder, certificates) as broker:
        with Client(broker.plain, "m1") as machine:
            machine.publish("x: Received PUBLISH/Sending PUBACK", "forged")
        wait_until(lambda: "Denied PUBLISH from m1" in broker.log())


def test_the_broker_outlives_the_filter_of_its_log(broker_folder: Path, certificates: Path) -> None:
    with running(broker_folder, certificates) as broker:
        assert broker.process is not None
        pid = broker.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        assert children
        for child in children:
            subprocess.run(["kill", "-9", child], check=True)
        for _ in range(3):
            with Client(broker.plain, "m1") as machine:
                machine.publish(M1, *(str(number) for number in range(500)))
        assert not broker.has_ended()


@shipped_or(without("max_packet_size 262144"))
def test_a_huge_message_is_cut_off(
    broker_folder: Path, certificates: Path, change: Change, is_removed: bool
) -> None:
    with running(broker_folder, certificates, config=change) as broker:
        machine = Client(broker.plain, "m1")
        machine._client.publish(M1, b"x" * 300_000, 0)
        if is_removed:
            machine.settle()
            assert machine.is_connected
        else:
            wait_until(lambda: not machine.is_connected)
        machine.close()


def test_the_broker_needs_no_shell_of_another_system(tmp_path: Path) -> None:
    """In a container the filter is BusyBox's awk, which writes each line at once as well."""
    busybox = shutil.which("busybox")
    noise = re.search(r"^noise='(.*)'$", (SCRIPTS / "run").read_text(), re.MULTILINE)
    assert noise is not None
    awk = [busybox, "awk"] if busybox else ["awk"]
    done = subprocess.run(
        [*awk, f"!/{noise[1]}/ {{ print; fflush() }}"], capture_output=True, text=True, check=True,
        input="t: Received PUBLISH from m1\nt: Denied PUBLISH from m1\nSending PUBACK to m1\n",
    )  # fmt: skip
    assert done.stdout == "t: Denied PUBLISH from m1\n"
