"""Fetches the scripts and style sheets of others that the pages use, and checks them.

Run as ``python3 -m mobilise.web.vendored [--check]``; it needs npm, and nothing but Python's own
library. What is fetched is committed, so that nobody else has to fetch anything.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

FOLDER = Path(__file__).parent / "static" / "vendor"
MIT = """MIT License

{holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def main(arguments: list[str]) -> int:
    """Fetch every package into its folder; with ``--check``, only compare."""
    changed = 0
    for package in packages():
        for path, content in fetch(package).items():
            same = path.is_file() and _plain(path.read_bytes()) == _plain(content)
            changed += not same
            if not same and "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                print(f"wrote {path.relative_to(FOLDER)}")  # noqa: T201
    print(f"{changed} files differ" if changed else "all as packed")  # noqa: T201
    return int(bool(changed) and "--check" in arguments)


def _plain(content: bytes) -> bytes:
    """Return a file's content; packing differs from one zlib to the next, what is packed not."""
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def packages() -> list[dict[str, Any]]:
    """Return what ``vendor.toml`` lists."""
    listed = tomllib.loads((FOLDER / "vendor.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = listed["package"]
    return found


def folder_of(package: dict[str, Any]) -> Path:
    """Return where a package's files are kept: its version is in the folder's name."""
    return FOLDER / f"{package['name']}-{package['version']}"


def fetch(package: dict[str, Any]) -> dict[Path, bytes]:
    """Return a package's files as they are kept, by path.

    Parameters
    ----------
    package
        One entry of ``vendor.toml``.

    Raises
    ------
    SystemExit
        npm cannot pack it, or what it packs is not what was checked.
    """
    spec = f"{package['name']}@{package['version']}"
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.call(["npm", "pack", "--silent", spec], cwd=folder, stdout=sys.stderr):
            raise SystemExit(f"npm could not pack {spec}.")
        packed = next(Path(folder).glob("*.tgz"))
        digest = hashlib.sha256(packed.read_bytes()).hexdigest()
        if digest != package["sha256"]:
            raise SystemExit(f"{spec} is not what was checked: its sha256 is {digest}.")
        with tarfile.open(packed) as archive:
            return _kept(package, archive)


def _kept(package: dict[str, Any], archive: tarfile.TarFile) -> dict[Path, bytes]:
    folder, kept = folder_of(package), {}
    for name in package["files"]:
        text = _read(archive, name).decode()
        for pattern in package.get("leave_out", []):
            text = re.sub(pattern, "", text)
        text = re.sub(r"\n?/[/*]# sourceMappingURL=\S+( \*/)?\s*$", "\n", text)
        if "layer" in package:
            text = f"@layer {package['layer']}{{{text}}}\n"
        path = folder / f"{PurePosixPath(name).name}.gz"
        kept[path] = gzip.compress(text.encode(), 9, mtime=0)
    licence = package["licence"]
    if licence.startswith("MIT, "):
        kept[folder / "LICENSE"] = MIT.format(holder=licence.removeprefix("MIT, ")).encode()
    else:
        kept[folder / "LICENSE"] = _read(archive, licence)
    return kept


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(f"package/{name}")
    if member is None:
        raise SystemExit(f"There is no {name} in the package.")
    return member.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
