"""Whether the kernels have been compiled is known before they are called."""

from __future__ import annotations

import os
import subprocess
import sys

TOLD = """
from mobilise import reach
before = reach.compiles_first(on_streets=False)
reach.measure([[0.0, 0.0]], [[1.0, 0.0]], measures=["count"])
print(before, reach.compiles_first(on_streets=False))
"""


def test_the_first_use_is_told_from_the_next(tmp_path):
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    told = [
        subprocess.check_output([sys.executable, "-c", TOLD], env=env, text=True).split()
        for _ in range(2)
    ]
    assert told == [["True", "False"], ["False", "False"]]
