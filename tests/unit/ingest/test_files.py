"""Files to readings: times of the plant, numbers of spreadsheets, columns; worked out by hand."""

import csv
import gzip
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from db.statements import ROOT
from ingest.errors import ConfigError
from ingest.files.layout import Layout, read_layout
from ingest.files.load import Trial, trial
from lotwatt import main

DATA = ROOT / "scripts/demo/data"
STEEL = DATA / "steel_energy/steel_industry_15min_jan_sep.csv"
MACHINE = DATA / "machine_temperature/machine_temperature_system_failure.csv"


def tried(path: Path, **options: Any) -> Trial:
    return trial(path, Layout().with_options(options), None, lambda _: None)


def of(tmp_path: Path, text: str, written: str = "utf-8", **options: Any) -> Trial:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(written))
    return tried(path, **options)


def stamps(found: Trial) -> list[str]:
    return [f"{reading.time:%m-%d %H:%M}" for reading in found.readings]


def values(found: Trial) -> list[tuple[str, float]]:
    return [(reading.topic, reading.value) for reading in found.readings]


def rows(*cells: str) -> str:
    return "".join(f"{row}\n" for row in cells)


class TestRealFiles:
    def test_the_machines_doubled_hour_contradicts_itself(self) -> None:
        """22,695 rows; the twelve of 2014-01-07 02:00 to 02:55 stand there twice."""
        report = tried(MACHINE, time_zone="UTC").report
        assert (report.rows, report.accepted, report.quarantined) == (22_695, 22_683, 12)
        assert report.reasons == {"conflict": 12}
        assert (report.first, report.last) == (
            datetime(2013, 12, 2, 21, 15, tzinfo=UTC), datetime(2014, 2, 19, 15, 25, tzinfo=UTC),
        )  # fmt: skip

    def test_a_clock_that_was_set_back(self) -> None:
        """Every 5 minutes: 22,695 rows are 22,694 steps, 1,891 h 10 min after the first row."""
        report = tried(MACHINE, time_zone="UTC", set_back="1h").report
        assert (report.accepted, report.quarantined) == (22_695, 0)
        assert report.last == datetime(2014, 2, 19, 16, 25, tzinfo=UTC)
        assert report.first is not None
        assert report.last - report.first == timedelta(hours=1891, minutes=10)

    def test_steels_midnight_is_refused_until_somebody_says_what_it_is(self) -> None:
        """One row in 96 is 00:00 with the date of the day that it ends: 273 days, 273 rows."""
        said = {
            "time": "date_raw", "time_format": "%d/%m/%Y %H:%M", "time_zone": "Asia/Seoul",
            "value": ("usage_kwh",), "sensor": "steel",
        }  # fmt: skip
        report = tried(STEEL, **said).report
        assert (report.rows, report.accepted) == (26_208, 25_935)
        assert report.reasons == {"time_midnight": 273}
        closed = tried(STEEL, **said, midnight="closes").report
        started = tried(
            STEEL, time_zone="Asia/Seoul", value=("usage_kwh",), sensor="steel",
            time="interval_start", stamps="start", interval="15m",
        ).report  # fmt: skip
        assert (closed.accepted, closed.quarantined) == (26_208, 0)
        assert closed == started
        # 2018-01-01 00:15 and 2018-10-01 00:00 in Seoul
        assert (closed.first, closed.last) == (
            datetime(2017, 12, 31, 15, 15, tzinfo=UTC), datetime(2018, 9, 30, 15, tzinfo=UTC),
        )  # fmt: skip


class TestDaylightSaving:
    """Madrid: 2025-10-26 03:00 CEST is 02:00 CET again; on 2025-03-30 02:00 to 03:00 is skipped."""

    def test_both_passes_of_the_repeated_hour(self, tmp_path: Path) -> None:
        text = rows("time,v", "2025-10-26 01:30,1", "2025-10-26 02:00,2", "2025-10-26 02:30,3",
                    "2025-10-26 02:00,4", "2025-10-26 02:30,5", "2025-10-26 03:00,6")  # fmt: skip
        found = of(tmp_path, text, time_zone="Europe/Madrid")
        assert stamps(found) == [
            "10-25 23:30", "10-26 00:00", "10-26 00:30",
            "10-26 01:00", "10-26 01:30", "10-26 02:00",
        ]  # fmt: skip
        assert [value for _, value in values(found)] == [1, 2, 3, 4, 5, 6]

    def test_the_newest_row_first(self, tmp_path: Path) -> None:
        text = rows("time,v", "2025-10-26 03:30,7", "2025-10-26 03:00,6", "2025-10-26 02:30,5",
                    "2025-10-26 02:00,4", "2025-10-26 02:30,3", "2025-10-26 02:00,2")  # fmt: skip
        found = of(tmp_path, text, time_zone="Europe/Madrid")
        assert stamps(found) == [
            "10-26 02:30", "10-26 02:00", "10-26 01:30",
            "10-26 01:00", "10-26 00:30", "10-26 00:00",
        ]  # fmt: skip

    def test_hourly_rows(self, tmp_path: Path) -> None:
        text = rows("time,v", "2025-10-26 01:00,1", "2025-10-26 02:00,2", "2025-10-26 02:00,3",
                    "2025-10-26 03:00,4")  # fmt: skip
        found = of(tmp_path, text, time_zone="Europe/Madrid")
        assert stamps(found) == ["10-25 23:00", "10-26 00:00", "10-26 01:00", "10-26 02:00"]

    @pytest.mark.parametrize(
        "inside", [["02:00"], ["02:00", "02:30"], ["02:30", "02:00", "02:15", "02:00"]]
    )
    def test_where_it_cannot_be_told_nothing_is_guessed(
        self, tmp_path: Path, inside: list[str]
    ) -> None:
        text = rows("time,v", "2025-10-26 01:00,1", *(f"2025-10-26 {at},2" for at in inside),
                    "2025-10-26 03:00,3")  # fmt: skip
        found = of(tmp_path, text, time_zone="Europe/Madrid")
        assert found.report.reasons == {"time_ambiguous": len(inside)}
        assert stamps(found) == ["10-25 23:00", "10-26 02:00"]

    def test_each_sensor_of_a_long_file_has_its_own_hours(self, tmp_path: Path) -> None:
        times = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
        text = rows("time,sensor,value", *(f"2025-10-26 {at},{s},1" for s in "ab" for at in times))
        found = of(tmp_path, text, time_zone="Europe/Madrid")
        assert found.report.accepted == 12
        mixed = rows("time,sensor,value", *(f"2025-10-26 {at},{s},1" for at in times for s in "ab"))
        assert of(tmp_path, mixed, time_zone="Europe/Madrid").report == found.report

    def test_an_hour_that_does_not_exist(self, tmp_path: Path) -> None:
        text = rows("time,v", "2025-03-30 01:30,1", "2025-03-30 02:30,2", "2025-03-30 03:00,3")
        found = of(tmp_path, text, time_zone="Europe/Madrid")
        assert stamps(found) == ["03-30 00:30", "03-30 01:00"]
        assert found.report.reasons == {"time_in_gap": 1}

    def test_times_that_name_their_zone_need_none(self, tmp_path: Path) -> None:
        text = rows("time,v", "2025-10-26T02:30:00+02:00,1", "2025-10-26T02:30:00+01:00,2")
        assert stamps(of(tmp_path, text)) == ["10-26 00:30", "10-26 01:30"]
        assert of(tmp_path, rows("time,v", "2025-10-26 02:30,1")).report.reasons == {
            "time_naive": 1
        }


class TestNumbers:
    SPANISH = rows(
        "Fecha;Hora;Tensión [V];Energía [kWh];Observación",
        "25/10/2025;23:45;230,5;1.234,25;día",
        "26/10/2025;00:00;;1.235,5;",
        "26/10/2025;00:15;n/a;12.35,5;avería",
    )

    @pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig", "utf-16"])
    def test_a_spanish_file(self, tmp_path: Path, encoding: str) -> None:
        found = of(
            tmp_path, self.SPANISH, encoding, time="Fecha+Hora", time_format="%d/%m/%Y %H:%M",
            decimal=",", thousands=".", time_zone="Europe/Madrid", topic="p/{sensor}",
        )  # fmt: skip
        assert values(found) == [
            ("p/Tensión [V]", 230.5), ("p/Energía [kWh]", 1234.25), ("p/Energía [kWh]", 1235.5),
        ]  # fmt: skip
        assert stamps(found) == ["10-25 21:45", "10-25 21:45", "10-25 22:00"]
        assert found.report.empty == 2
        assert found.report.reasons == {"value_is_string": 1}
        assert "Observación" in found.layout[0]

    @pytest.mark.parametrize(
        ("text", "decimal", "thousands", "value"),
        [
            ("1234.5", ".", "", 1234.5),
            (" -1,234.5 ", ".", ",", -1234.5),
            ("1 234,5", ",", " ", 1234.5),
            ("1\u202f234\u00a0567,5", ",", " ", 1234567.5),
            ("1'234.5", ".", "'", 1234.5),
            ("1234,5", ",", ".", 1234.5),
            ("+1.5e3", ".", "", 1500.0),
            (",5", ",", "", 0.5),
            ("1.234", ",", ".", 1234.0),
        ],
    )
    def test_numbers(
        self, tmp_path: Path, text: str, decimal: str, thousands: str, value: float
    ) -> None:
        found = of(tmp_path, f"time|v\n2025-10-26 12:00|{text}\n", time_zone="UTC", delimiter="|",
                   decimal=decimal, thousands=thousands)  # fmt: skip
        assert values(found) == [("v", value)]

    @pytest.mark.parametrize(
        ("text", "decimal", "thousands"),
        [
            ("1,234.5", ".", ""), ("1.5", ",", "."), ("12.34.567", ",", "."), ("1_000", ".", ""),
            ("٣", ".", ""), ("0x10", ".", ""), ("1e999", ".", ""), ("inf", ".", ""),
        ],
    )  # fmt: skip
    def test_what_is_no_number_as_said(
        self, tmp_path: Path, text: str, decimal: str, thousands: str
    ) -> None:
        found = of(tmp_path, f"time|v\n2025-10-26 12:00|{text}\n", time_zone="UTC", delimiter="|",
                   decimal=decimal, thousands=thousands, value=("v",))  # fmt: skip
        assert (found.report.accepted, found.report.quarantined) == (0, 1)


class TestShapes:
    LONG = rows("ts,tag,value", "2025-01-01T00:00:00Z,a,1", "2025-01-01T00:00:00Z,b,2")
    WIDE = rows("ts,a,b", "2025-01-01T00:00:00Z,1,2")

    def test_long_and_wide_say_the_same(self, tmp_path: Path) -> None:
        assert (
            values(of(tmp_path, self.LONG))
            == values(of(tmp_path, self.WIDE))
            == [("a", 1), ("b", 2)]
        )

    def test_packed_files(self, tmp_path: Path) -> None:
        packed = tmp_path / "a.csv.gz"
        packed.write_bytes(gzip.compress(self.WIDE.encode()))
        archive = tmp_path / "a.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("one.csv", self.WIDE)
            file.writestr("two.csv", self.LONG.replace("01-01", "01-02"))
        assert values(tried(packed)) == [("a", 1), ("b", 2)]
        assert tried(archive).report.accepted == 4
        assert tried(archive).report.rows == 3

    def test_parquet(self, tmp_path: Path) -> None:
        path = tmp_path / "a.parquet"
        at = datetime(2025, 1, 1)
        parquet.write_table(
            pyarrow.table({"ts": [at, at], "a": [1.5, None], "n": ["x", "y"]}), path
        )
        found = tried(path, time_zone="Europe/Madrid")
        assert (values(found), stamps(found)) == ([("a", 1.5)], ["12-31 23:00"])
        assert found.report.empty == 1

    def test_numbers_since_1970(self, tmp_path: Path) -> None:
        for text, shape in (("1735689600", "auto"), ("1735689600000", "ms"), ("1735689600.0", "s")):
            assert stamps(of(tmp_path, f"t,v\n{text},1\n", time_format=shape)) == ["01-01 00:00"]

    def test_the_end_of_a_day_as_iso_says_it(self, tmp_path: Path) -> None:
        assert stamps(of(tmp_path, "t,v\n2025-01-01 24:00,1\n", time_zone="UTC")) == ["01-02 00:00"]

    def test_lots_are_claimed(self, tmp_path: Path) -> None:
        text = rows("t,v,lot", "2025-01-01T00:00:00Z,1,L1", "2025-01-01T00:01:00Z,1,")
        claims = [reading.claim for reading in of(tmp_path, text, lot="lot").readings]
        assert [claim and claim.lot for claim in claims] == ["L1", None]
        assert None not in claims

    def test_names_are_told_by_map_and_template(self, tmp_path: Path) -> None:
        found = of(tmp_path, self.WIDE, topics={"a": "p/x"}, topic="p/{sensor}")
        assert values(found) == [("p/x", 1), ("p/b", 2)]

    def test_rows_that_are_not_like_the_header(self, tmp_path: Path) -> None:
        text = rows("t,a,b", "2025-01-01T00:00:00Z,1", "2025-01-01T00:01:00Z,1,2,3", "", "x,1,2")
        report = of(tmp_path, text).report
        assert (report.accepted, report.empty) == (1, 1)
        assert report.reasons == {"row_shape": 1, "time_type": 1}

    def test_a_row_that_cannot_be_taken_apart_takes_no_other_with_it(self, tmp_path: Path) -> None:
        long = "9" * (csv.field_size_limit() + 1)
        text = rows("t,v", "2025-01-01T00:00:00Z,1", f"{long},2", "2025-01-01T00:01:00Z,3")
        found = of(tmp_path, text)
        assert [value for _, value in values(found)] == [1, 3]
        assert found.report.reasons == {"row_shape": 1}

    def test_a_packed_file_that_is_cut_off_is_said(self, tmp_path: Path) -> None:
        packed = tmp_path / "a.csv.gz"
        rng = random.Random(1)
        lines = [f"2025-01-01T00:00:{n % 60:02}Z,{rng.random()}" for n in range(20_000)]
        packed.write_bytes(gzip.compress(rows("t,v", *lines).encode())[:-5000])
        with pytest.raises(ConfigError, match=r"a\.csv\.gz ends in the middle or is broken"):
            tried(packed)

    def test_a_byte_that_is_no_character_spoils_its_row(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        good = b"".join(b"2025-01-01T00:%02d:00Z,a,1\n" % minute for minute in range(60))
        path.write_bytes(b"t,sensor,value\n" + good + b"2025-01-01T01:00:00Z,\xff\xfe,1\n")
        assert tried(path, encoding="utf-8").report.reasons == {"text_control": 1}

    def test_two_columns_of_one_name(self, tmp_path: Path) -> None:
        text = rows("t,v,v,note,note", "2025-01-01T00:00:00Z,1,2,x,y")
        with pytest.raises(ConfigError, match="more than one column v: which is meant"):
            of(tmp_path, text)
        assert values(of(tmp_path, text.replace("v,v", "v,w"))) == [("v", 1), ("w", 2)]

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ({"time": "zeit"}, "has no column zeit; it has ts, a, b"),
            ({"value": ("c",)}, "has no column c"),
            ({"time_zone": "Madrid"}, "time zone Madrid is not known"),
            ({"stamps": "start"}, "need its length"),
            ({"interval": "a while"}, "is none such as 15m"),
            ({"decimal": ";"}, "it can be . or ,"),
            ({"decimal": ",", "thousands": ","}, "not the same as decimal"),
            ({"encoding": "klingon"}, "encoding klingon is not known"),
            ({"topic": "p"}, "has no {sensor}"),
            ({"time_format": "YYYY"}, "is none of auto"),
            ({"layout": "long"}, "Say --value. It has ts, a, b"),
            ({"layout": "long", "value": ("b",)}, "Say --sensor. It has ts, a, b"),
            ({"topic": "p/" + "x" * 600 + "{sensor}"}, "is no name of a sensor"),
        ],
    )
    def test_what_cannot_be_is_said(
        self, tmp_path: Path, options: dict[str, Any], sentence: str
    ) -> None:
        with pytest.raises(ConfigError, match=sentence.replace("{", r"\{")):
            of(tmp_path, self.WIDE, **options)

    def test_a_mapping_file_says_the_same(self, tmp_path: Path) -> None:
        path = tmp_path / "m.toml"
        path.write_text('time-zone = "UTC"\nvalue = "a"\ninterval = "15m"\n[topics]\na = "p/a"\n')
        options = {"time_zone": "UTC", "value": ("a",), "interval": "15m", "topics": {"a": "p/a"}}
        assert read_layout(path) == Layout().with_options(options)
        path.write_text("colour = 1")
        with pytest.raises(ConfigError, match="says colour, which is not known"):
            read_layout(path)

    @pytest.mark.parametrize(
        "content", [b"", b"\n\n", b"PAR1 not one", b"\x1f\x8bnot one", b"PK\x03\x04not one"]
    )
    def test_files_that_are_none(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=r"a\.csv"):
            tried(path)


def test_the_command_tells_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, [
        "ingest", "file", str(MACHINE), "--time-zone", "UTC", "--dry-run", "--format", "json",
    ])  # fmt: skip
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["rows"], said["accepted"], said["quarantined"]) == (22_695, 22_683, 12)
    assert said["reasons"] == {"conflict": 12}


def test_the_command_tells_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.csv"
    path.write_text("t,v\n2025-01-01T00:00:00Z,1\n2025-01-01,2\n")
    result = CliRunner().invoke(main, ["ingest", "file", str(path), "--dry-run"])
    assert "2025-01-01 00:00:00  v       1.0" in result.output
    assert "time_type: row 2 of a.csv: 2025-01-01 is no ISO 8601 time" in result.output
    assert "Nothing was stored" in result.output
    assert CliRunner().invoke(main, ["ingest", "file", str(path), "--map", "x"]).exit_code == 1
