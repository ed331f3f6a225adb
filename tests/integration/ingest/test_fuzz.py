"""The fuzzer, bounded: `make fuzz` throws a million."""

import random

import pytest

from ingest import columns, number, store
from ingest.item import Reading
from scripts.fuzz.run import Findings, FuzzError, fuzz

pytestmark = pytest.mark.native


def throw(url: str, messages: int, seed: int) -> Findings:
    return fuzz(url, messages, seed, lambda count: None)


@pytest.mark.parametrize("seed", [4, None])
def test_nothing_raises_and_the_books_balance(native_url: str, seed: int | None) -> None:
    seed = seed or random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")
    findings = throw(native_url, 4000, seed)
    assert findings.messages == 4000
    # It would hold as well if nothing got through.
    assert findings.fast > 50
    assert min(findings.books.values()) > 0
    assert len(findings.reasons) > 20


def test_it_finds_a_value_that_no_sensor_has(
    native_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number, "LARGEST_VALUE", 1e308)
    monkeypatch.setattr(columns, "LARGEST_VALUE", 1e308)
    with pytest.raises(FuzzError, match="value"):
        throw(native_url, 4000, 4)


def test_it_finds_what_the_store_loses(native_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(readings: list[Reading]) -> dict[str, object]:
        return real(readings[1:])

    real = store.reading_columns
    monkeypatch.setattr(store, "reading_columns", lossy)
    with pytest.raises(FuzzError, match="came of decoding"):
        throw(native_url, 4000, 4)


def test_it_finds_a_decoder_that_raises(native_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.mapped.parse_text", lambda *_: 1 / 0)
    with pytest.raises(FuzzError, match="ZeroDivisionError"):
        throw(native_url, 4000, 4)
