"""Downloads over real sockets: whole or not at all, and never more than is needed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mobilise.errors import SourceBroken, SourceUnreachable
from mobilise.fetch import Asked, Patience, Store, download
from tests.anywhere.publishers import PAGE, Publishers

ADDRESS = "https://publisher.example/table.csv"
BODY = b"code,people\n" + b"".join(b"A%06d,%d\n" % (i, i) for i in range(40_000))


def asked(server, address=ADDRESS, ending=".csv", **known):
    return Asked("Table (Publisher)", server.local(address), ending, **known)


def test_a_file_comes_once_and_is_then_in_the_cache(server, out, tmp_path):
    server.put(ADDRESS, BODY)
    first = download(out[0], Store(tmp_path), asked(server))
    again = download(out[0], Store(tmp_path), asked(server))
    assert first.path.read_bytes() == BODY
    assert (first.new, again.new) == (True, False)
    assert len(server.asked(ADDRESS)) == 1
    assert server.seen[0].headers["User-Agent"].startswith("mobilise/")


def test_an_old_copy_is_asked_about_and_not_fetched_again(server, out, tmp_path):
    server.put(ADDRESS, BODY)
    store = Store(tmp_path, max_age=0)
    first = download(out[0], store, asked(server))
    again = download(out[0], store, asked(server))
    assert [s.status for s in server.asked(ADDRESS)] == [200, 304]
    assert not again.new
    assert again.path == first.path


def test_a_changed_file_replaces_the_old_copy(server, out, tmp_path):
    store = Store(tmp_path, max_age=0)
    server.put(ADDRESS, BODY)
    first = download(out[0], store, asked(server))
    server.put(ADDRESS, BODY + b"B,1\n")
    second = download(out[0], store, asked(server))
    assert second.new
    assert second.path.read_bytes().endswith(b"B,1\n")
    assert not first.path.exists()


def test_without_a_network_patience_is_spent_once(server, out, tmp_path):
    web, _, waited = out
    server.stop()
    for name in ("one", "two", "three"):
        with pytest.raises(SourceUnreachable, match=r"no connection.*see whether this machine is"):
            download(web, Store(tmp_path), asked(server, f"https://{name}.example/a.csv"))
    assert len(waited) == web.patience.tries - 1


def test_a_server_that_is_back_is_asked_with_patience_again(server, out, tmp_path):
    web, _, waited = out
    server.put(ADDRESS, BODY)
    web.unheard.add(server.base.removeprefix("http://"))
    download(web, Store(tmp_path), asked(server))
    server.put("https://publisher.example/b.csv", BODY)
    server.fail("https://publisher.example/b.csv", status=503, times=2)
    download(web, Store(tmp_path), asked(server, "https://publisher.example/b.csv"))
    assert len(waited) == 2


def test_redirects_are_followed(server, out, tmp_path):
    server.put("https://elsewhere.example/new.csv", BODY)
    moved = server.local("https://elsewhere.example/new.csv")
    server.moved[server.path(ADDRESS)] = moved
    found = download(out[0], Store(tmp_path), asked(server))
    assert found.address == moved


def test_a_broken_connection_is_gone_on_with_where_it_stopped(server, out, tmp_path):
    server.put(ADDRESS, BODY)
    server.fail(ADDRESS, cut_at=200_000)
    found = download(out[0], Store(tmp_path), asked(server))
    assert found.path.read_bytes() == BODY
    first, second = server.asked(ADDRESS)
    assert second.status == 206
    kept = len(BODY) - second.sent
    assert second.headers["Range"] == f"bytes={kept}-"
    assert kept == first.sent
    assert out[2] == [2.0]  # it waited before it tried again


def test_a_part_of_another_version_is_thrown_away(server, out, tmp_path):
    out[0].patience = Patience(tries=1, read=10)
    server.put(ADDRESS, BODY)
    server.fail(ADDRESS, cut_at=200_000)
    with pytest.raises(SourceUnreachable, match=r"connection broke|only"):
        download(out[0], Store(tmp_path), asked(server))
    other = BODY.replace(b"A0", b"C0")
    server.put(ADDRESS, other)
    found = download(out[0], Store(tmp_path), asked(server))
    assert found.path.read_bytes() == other
    assert server.asked(ADDRESS)[-1].status == 200  # If-Range: the whole anew


def test_without_a_version_nothing_is_gone_on_with(server, out, tmp_path):
    server.put(ADDRESS, BODY, etag=None)
    server.fail(ADDRESS, cut_at=200_000)
    found = download(out[0], Store(tmp_path), asked(server))
    assert found.path.read_bytes() == BODY
    assert "Range" not in server.asked(ADDRESS)[-1].headers


def test_a_server_without_ranges_starts_anew(server, out, tmp_path):
    server.put(ADDRESS, BODY, ranges=False)
    server.fail(ADDRESS, cut_at=200_000)
    assert download(out[0], Store(tmp_path), asked(server)).path.read_bytes() == BODY


def test_a_busy_server_is_waited_for_as_it_asks(server, out, tmp_path):
    server.put(ADDRESS, BODY)
    server.fail(ADDRESS, status=429, headers={"Retry-After": "7"})
    server.fail(ADDRESS, status=503)
    found = download(out[0], Store(tmp_path), asked(server))
    assert found.path.read_bytes() == BODY
    assert out[2] == [7.0, 4.0]
    assert any("trying again" in line for line in out[1])


def test_a_server_that_stays_down_is_one_sentence(server, out, tmp_path):
    server.put(ADDRESS, BODY)
    server.fail(ADDRESS, status=503, times=9)
    with pytest.raises(SourceUnreachable) as told:
        download(out[0], Store(tmp_path), asked(server))
    assert str(told.value) == (
        f"Table (Publisher): the server is busy or down, status 503 ({server.local(ADDRESS)}); try "
        "again later: what has come so far is kept."
    )
    assert len(server.asked(ADDRESS)) == 4


def test_an_older_copy_is_better_than_none_and_says_so(server, out, tmp_path):
    server.put(ADDRESS, BODY)
    store = Store(tmp_path, max_age=0)
    download(out[0], store, asked(server))
    server.fail(ADDRESS, status=500, times=9)
    found = download(out[0], store, asked(server))
    assert found.path.read_bytes() == BODY
    assert "status 500" in str(found.instead)


def test_a_moved_address_is_told_at_once(server, out, tmp_path):
    with pytest.raises(SourceUnreachable, match=r"has moved or is gone, status 404.*new address"):
        download(out[0], Store(tmp_path), asked(server))
    assert len(server.seen) == 1
    assert out[2] == []


def test_nobody_there_is_one_sentence(tmp_path, out):
    gone = Publishers()
    gone.stop()
    with pytest.raises(SourceUnreachable, match="no connection to the server"):
        download(out[0], Store(tmp_path), asked(gone))


@pytest.mark.parametrize(
    ("ending", "content", "says"),
    [
        (".csv", PAGE, "a web page came back.*sign in"),
        (".zip", PAGE, "a web page came back"),
        (".csv", b"", "the answer is empty"),
        (".zip", b"PK\x03\x04 but not for long", "no whole .zip"),
        (".xlsx", b"code,people\n", "no .xlsx file"),
        (".json", b'{"features": [', "no whole .json"),
        (".gpkg", b"SQLite is not this", "no .gpkg"),
        (".osm", b"<osm><node id='1'/>", "no whole .osm"),
        (".osm.pbf", b"OSM?", "no .osm.pbf"),
    ],
)
def test_what_is_not_what_it_should_be_is_refused_and_not_kept(
    server, out, tmp_path, ending, content, says
):
    server.put(ADDRESS, content)
    with pytest.raises(SourceBroken, match=says):
        download(out[0], Store(tmp_path), asked(server, ending=ending))
    assert [p.name for p in tmp_path.rglob("*") if p.is_file() and p.name != "lock"] == []


def test_a_known_hash_is_checked_and_then_never_asked_about(server, out, tmp_path):
    server.put(ADDRESS, BODY)
    with pytest.raises(SourceBroken, match="not the file that was announced"):
        download(out[0], Store(tmp_path), asked(server, sha256="0" * 64))
    import hashlib

    known = hashlib.sha256(BODY).hexdigest()
    store = Store(tmp_path, max_age=0)
    download(out[0], store, asked(server, sha256=known))
    before = len(server.seen)
    download(out[0], store, asked(server, sha256=known))
    assert len(server.seen) == before


def test_compressed_answers_are_read_whole(server, out, tmp_path):
    server.put(ADDRESS, BODY, gzipped=True)
    assert download(out[0], Store(tmp_path), asked(server)).path.read_bytes() == BODY


def test_a_copy_taken_away_by_hand_is_fetched_again(server, out, tmp_path):
    server.put(ADDRESS, BODY)
    first = download(out[0], Store(tmp_path), asked(server))
    first.path.write_bytes(BODY[:100])
    assert download(out[0], Store(tmp_path), asked(server)).path.read_bytes() == BODY


KILLED = """
import sys
from mobilise.fetch import Asked, Store, Web, download
web = Web(say=lambda line: print(line, flush=True))
found = download(web, Store(__import__("pathlib").Path(sys.argv[1])), Asked("Table", sys.argv[2], ".csv"))
print(found.path, flush=True)
"""


def test_killed_in_the_middle_it_goes_on_from_where_it_was(server, tmp_path):
    server.put(ADDRESS, BODY, chunk=4096, wait=0.02)
    command = [sys.executable, "-c", KILLED, str(tmp_path), server.local(ADDRESS)]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while _part_size(tmp_path) < 100_000:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    kept = _part_size(tmp_path)
    server.put(ADDRESS, BODY)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert Path(done.stdout.splitlines()[-1]).read_bytes() == BODY
    last = server.asked(ADDRESS)[-1]
    assert last.status == 206
    assert last.headers["Range"] == f"bytes={kept}-"
    assert last.sent == len(BODY) - kept


def _part_size(folder):
    return max((p.stat().st_size for p in folder.rglob("part")), default=0)
