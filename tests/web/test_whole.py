"""The open plane and the personal one on one address."""

from __future__ import annotations

import logging

import pytest
from starlette.testclient import TestClient

from mobilise.web.caring import signing
from mobilise.web.whole import whole_site

SECRET = "a person's name"  # noqa: S105  (what no log may hold)


@pytest.fixture(scope="module")
def whole(town, tmp_path_factory):
    """Yield a client of all of it, over an empty store."""
    database = f"sqlite:///{tmp_path_factory.mktemp('care')}/care.db"
    with whole_site(town, "http://x", database, []) as app:
        yield TestClient(app, follow_redirects=False)


def test_a_bundle_may_be_sent_without_the_slash(whole):
    bundle = {"resourceType": "Bundle", "type": "batch"}
    for address in ("/fhir", "/fhir/"):
        answer = whole.post(address, json=bundle)
        assert answer.status_code == 401  # asked who it is: not sent elsewhere
        assert answer.json()["resourceType"] == "OperationOutcome"
    assert whole.get("/fhir/metadata").json()["implementation"]["url"] == "http://x/fhir"


def test_no_text_of_a_fault_reaches_the_log(whole, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(signing, "sign_in", broken)
    with caplog.at_level(logging.DEBUG):
        answer = whole.post("/care/sign-in", data={"login": "x"})
    assert answer.status_code == 500
    assert SECRET not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


def test_a_form_as_large_as_a_flood_is_not_read(whole):
    assert whole.post("/care/sign-in", data={"login": "x" * 300_000}).status_code == 413
    assert whole.post("/fhir/auth/token", content=b"x" * 5_000_000).status_code == 413
    assert whole.post("/fhir/Patient/_search", content=b"x" * 5_000_000).status_code == 413


def test_another_site_cannot_sign_somebody_in(whole):
    for site in ("cross-site", "same-site"):
        sent = whole.post("/care/sign-in", data={"login": "x"}, headers={"Sec-Fetch-Site": site})
        assert sent.status_code == 403
