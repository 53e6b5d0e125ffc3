"""Scores are kept within their scale's range, and those that may leave are the known ones."""

from __future__ import annotations

from datetime import date

import pytest

from mobilise.disclosure.allowed import allowed
from mobilise.errors import InputError
from mobilise.learn.outcomes import band_of, scales
from mobilise.referrals import accept, record_outcome
from mobilise.referrals.fhir.referring import read_score
from tests.referrals.examples import observation


def test_a_score_out_of_its_range_is_refused(small):
    task = small.refer()
    with small.store.work(small.worker) as work:
        accept(work, task.id)
        kept = record_outcome(work, task.id, "ucla3_loneliness", 8, "before", date(2026, 1, 5))
        assert (kept.instrument, kept.value) == ("ucla3_loneliness", 8.0)
    for instrument, value in (("ucla3_loneliness", 2), ("swemwbs", 36), ("ons4_worthwhile", -1)):
        with (
            pytest.raises(InputError, match=f"{instrument}: a score is from"),
            small.store.work(small.worker) as work,
        ):
            record_outcome(work, task.id, instrument, value, "after")


def test_a_score_that_is_sent_is_held_to_the_same():
    code = {"coding": [{"system": "urn:mobilise:instrument", "code": "wemwbs"}]}
    sent = observation("Patient/1", code=code, valueQuantity={"value": 52})
    assert read_score(sent)["value"] == 52
    sent["valueQuantity"]["value"] = 7
    with pytest.raises(InputError, match="wemwbs: a score is from 14 to 70"):
        read_score(sent)


def test_the_scores_that_may_leave_are_scales_that_we_know():
    for name, score in allowed().scores.items():
        scale = scales()[name]
        assert (score.low, score.high) == (scale.lowest, scale.highest)
        assert score.higher == scale.higher


def test_no_wording_of_a_questionnaire_is_kept():
    assert band_of([14, 52], "wemwbs") == [None, None]
    for scale in scales().values():
        assert "?" not in scale.name + scale.source
