"""The interim report shows what numbers say, and tells when they change."""

from __future__ import annotations

import pandas as pd

from mobilise import cli
from mobilise.demo.learning import write_learning
from mobilise.learn.evidence import Evidence
from mobilise.report.interim.content import interim_of
from mobilise.report.interim.editions import edition_of
from mobilise.report.interim.material import read_material
from mobilise.report.model import Figure


def test_numbers_have_their_section_and_their_changes(tmp_path):
    files = write_learning(tmp_path / "sources")
    place = tmp_path / "place"
    (place / "evidence").mkdir(parents=True)
    first = edition_of(read_material(place))
    run = ["learn", "pool", str(place), str(files["projects"]), "--synthetic", "--name", "Pooled"]
    assert cli.main(run) == 0
    material = read_material(place)
    second = edition_of(material)
    assert second.number == first.number + 1
    assert "New analysis: Pooled." in second.changes
    assert "Changed: analyses." not in second.changes
    sections = {s.id: s for s in interim_of(material, second).sections}
    figures = [b for b in sections["learned"].blocks if isinstance(b, Figure)]
    assert [f.id.split("-")[-1] for f in figures] == ["forest", "funnel"]
    changed = pd.read_csv(files["projects"])
    changed.assign(effect=changed["effect"] + 1).to_csv(files["projects"], index=False)
    assert cli.main(run) == 0
    third = edition_of(read_material(place))
    assert any(said.startswith("Pooled. Now: Over 10 studies") for said in third.changes)
    assert len(Evidence.of(place).table("estimates")) > 10
