"""Copies of large tables: as good as the table, and never that of another."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pandas as pd
import pytest

from mobilise.anywhere.converted import LARGE_BYTES, converted
from mobilise.anywhere.obtain import Raw
from mobilise.anywhere.reading import table_of
from mobilise.fetch import Asked, Fetched, Store, download
from mobilise.sources.publishers import load_registry
from tests.anywhere.england import _codepoint

SOURCE = load_registry("england").sources["postcodes"]


def postcodes(count=120_000):
    n = np.arange(count)
    written = [f"{'WN' if i % 2 else 'BL'}{i % 97} {i // 97 % 9}{i:06d}"[:12] for i in n]
    east, north = 350_000 + n * 7919 % 60_001, 400_000 + n * 104_729 % 50_021
    return pd.DataFrame({"postcode": written, "easting": east, "northing": north})


@pytest.fixture(scope="module")
def content():
    packed = _codepoint(postcodes())
    assert len(packed) > LARGE_BYTES
    return packed


@pytest.fixture
def raw(content, tmp_path):
    path = tmp_path / "codepo.zip"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return Raw((Fetched(path, digest, 0.0, "https://os.example", new=True),))


def test_a_copy_is_the_table_and_is_taken_the_second_time(raw):
    whole = table_of(SOURCE, raw)
    pd.testing.assert_frame_equal(converted(SOURCE, raw), whole)
    raw.files[0].path.write_bytes(b"x" * (LARGE_BYTES + 1))  # only the copy can be read now
    again = converted(SOURCE, raw)
    pd.testing.assert_frame_equal(again, whole)
    assert again.dtypes.equals(whole.dtypes)


def test_another_entry_of_the_registry_is_another_copy(raw):
    converted(SOURCE, raw)
    fewer = SOURCE.model_copy(update={"columns": ("postcode",)})
    assert list(converted(fewer, raw).columns) == ["postcode"]


def test_a_damaged_copy_is_made_anew(raw):
    whole = converted(SOURCE, raw)
    copy = next(raw.files[0].path.parent.glob("*.parquet"))
    os.truncate(copy, copy.stat().st_size // 2)
    pd.testing.assert_frame_equal(converted(SOURCE, raw), whole)


def test_a_copy_goes_with_the_download_it_was_made_of(server, web, tmp_path, content):
    address = "https://os.example/codepo.zip"
    store = Store(tmp_path, max_age=0)
    server.put(address, content)
    asked = Asked("Code-Point Open (OS)", server.local(address), ".zip")
    first = download(web, store, asked)
    converted(SOURCE, Raw((first,)))
    server.put(address, _codepoint(postcodes(60_000)))
    second = download(web, store, asked)
    assert len(converted(SOURCE, Raw((second,)))) == 60_000
    assert not list(first.path.parent.glob(f"{first.path.name}*"))
