"""A build whose reach is computed by the workers of a scheduler, named by its address."""

from __future__ import annotations

import pandas as pd
import pytest

from mobilise.errors import InputError


def test_a_build_on_a_cluster_makes_the_same_place(town):
    distributed = pytest.importorskip("distributed")
    town.change('measures = ["nearest", "count"]', 'measures = ["nearest", "count", "bfca"]')
    here = town.build("here", to="reach")
    with distributed.LocalCluster(
        n_workers=1,
        processes=False,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        protocol="tcp",
    ) as cluster:
        there = town.build("there", to="reach", on=cluster.scheduler_address)
    pd.testing.assert_frame_equal(here.table("reach"), there.table("reach"), rtol=1e-12, atol=0)
    assert here.facts["notes"] == there.facts["notes"]


def test_a_scheduler_that_is_not_there_is_told(town, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("mobilise.reach.distributed._WAIT_SECONDS", 0.2)
    with pytest.raises(InputError, match="no scheduler answers at"):
        town.build(on="tcp://127.0.0.1:9")
