"""Our figures against those of programs that the project did not write.

Every case of every file in the folder that ``MOBILISE_REFERENCE`` names (by default
``../shared/reference``) is one test. Adapters (``adapters_*.py`` here) call our functions
with a case's inputs and return what it expects. A file that no adapter knows is a failure;
one that is known but not yet compared is a skip with its reason; and an expected value is
compared or its adapter says, in words, why not.
"""

from __future__ import annotations

import importlib.util
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import harness  # noqa: E402

from mobilise.errors import InputError  # noqa: E402

if TYPE_CHECKING:
    from types import ModuleType


def _adapters() -> list[ModuleType]:
    modules = []
    for path in sorted(HERE.glob("adapters_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        modules.append(module)
    return modules


MODULES = _adapters()
CASES = harness.cases()


@pytest.mark.skipif(not CASES, reason=f"no reference files in {harness.FOLDER}")
def test_the_folder_holds_cases() -> None:
    assert len({(case.file, case.id) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[f"{c.file}-{c.id}" for c in CASES])
def test_agrees_with_the_reference(case: harness.Case) -> None:
    name = f"{case.file}::{case.function}"
    for module in MODULES:
        for pattern, adapter in module.ADAPTERS.items():
            if fnmatch(name, pattern):
                if "raises" in case.expected:
                    assert harness.refused(case, adapter)
                    return
                wrong = harness.disagreements(case, adapter(case))
                assert not wrong, "\n".join(wrong)
                return
    for module in MODULES:
        for pattern, reason in module.NOT_YET.items():
            if fnmatch(name, pattern):
                pytest.skip(f"{name} is not compared yet: {reason}")
    pytest.fail(f"no adapter knows {name}: add one to {HERE}")


def test_a_case_that_the_reference_refuses_must_be_refused() -> None:
    case = harness.Case(
        file="made", id="up", function="", inputs={}, params={}, document={},
        expected={"raises": "no"}, tolerance={},
    )  # fmt: skip

    def refuses(_: harness.Case) -> dict:
        raise InputError("No.")

    assert harness.refused(case, refuses)
    assert harness.refused(case, lambda _: {"value": None, "lower": [float("nan")]})
    assert not harness.refused(case, lambda _: {"value": 1.0, "lower": None})


def test_a_wrong_value_is_told() -> None:
    case = harness.Case(
        file="made", id="up", function="", inputs={}, params={}, document={},
        expected={"value": 1.0, "lower": [1.0, None], "sii_lower": {"mean_over_6_seeds": 1.0, "sd_over_seeds": 0.1}, "sii_upper": {"mean_over_6_seeds": 2.0, "sd_over_seeds": 0.1}},
        tolerance={"rel": 1e-6},
    )  # fmt: skip
    right = {"value": 1.0000001, "lower": [1.0, None], "sii_lower": 1.4, "sii_upper": 2.4}
    assert harness.disagreements(case, right) == []
    for key, wrong in {"value": 1.1, "lower": [1.0, 0.0], "sii_lower": 1.6}.items():
        assert len(harness.disagreements(case, {**right, key: wrong})) == 1
    del right["value"]
    assert harness.disagreements(case, right) == ["value: not computed, and no reason given"]
