"""The API by validators that we did not write, with schemas that we did not write.

check-jsonschema holds every route's answers to the compiled schemas of the UK profile;
Schemathesis asks what it likes, and holds the answers to the contract of the national validator.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time

import pytest
import uvicorn

from mobilise.directory import hsds_app, import_services, open_directory
from mobilise.sources.hsds import normalise, read_feed
from tests.directory.conftest import import_invented

# The full count is a matter of minutes where the machine is busy: MOBILISE_CASES=2000 asks for it.
CASES = int(os.environ.get("MOBILISE_CASES", "400"))


@pytest.fixture(scope="module")
def served(shared, tmp_path_factory):
    """Yield the address of a directory with the real Bristol feed and the invented services."""
    directory = open_directory(tmp_path_factory.mktemp("validated"), name="Bristol")
    feed = shared / "data" / "directories" / "oruk_bristol_services.json.gz"
    import_services(directory, normalise(read_feed(feed), "Bristol"), "Bristol")
    import_invented(directory)
    app = hsds_app(directory)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
    directory.close()


def get(address):
    import httpx

    return httpx.get(address).json()


def checked(schema, *files):
    """Return what check-jsonschema finds wrong with files; empty where all are right."""
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema)]
    found = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, check=False
    )
    return "" if found.returncode == 0 else found.stdout + found.stderr


def answers(served, folder):
    """Write every route's answers, by the schema that each must fit."""
    routes = {
        "compiled/service_list": "/services?per_page=1000",
        "compiled/organization_list": "/organizations?per_page=1000",
        "compiled/service_at_location_list": "/service_at_locations?per_page=1000",
        "taxonomy": "/taxonomies?per_page=1000",
        "taxonomy_term": "/taxonomy_terms?per_page=1000",
    }
    files = {}
    for schema, route in routes.items():
        page = get(served + route)
        assert page["total_items"] == len(page["contents"]) > 0
        one = get(f"{served}{route.split('?')[0]}/{page['contents'][0]['id']}")
        full = get(f"{served}{route}&full=true")["contents"]
        whole = schema.removesuffix("_list")
        for name, records in ((schema, page["contents"]), (whole, [*full, one])):
            path = folder / f"{route.split('?')[0].strip('/')}-{name.replace('/', '-')}.json"
            path.write_text(json.dumps(records))
            files[path] = name
    return files


def as_list(schema, folder):
    """Write a schema of a list whose items fit a schema of the profile, and return its path."""
    items = _whole(json.loads(schema.read_text(encoding="utf-8")), schema.parent)
    path = folder / f"list-{schema.stem}-{schema.parent.name}.json"
    path.write_text(json.dumps({"type": "array", "items": items}))
    return path


def _whole(schema, folder):
    """Return a schema with the schemas that it refers to put in their places."""
    if isinstance(schema, list):
        return [_whole(one, folder) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        named = json.loads((folder / schema["$ref"]).read_text(encoding="utf-8"))
        named["properties"] = {
            name: part
            for name, part in named.get("properties", {}).items()
            if "$ref" not in str(part)
        }
        return named
    return {name: _whole(part, folder) for name, part in schema.items()}


def test_every_route_fits_the_compiled_profile(served, shared, tmp_path):
    profile = shared / "standards" / "hsds" / "uk-profile-3.0" / "schema"
    for file, name in answers(served, tmp_path).items():
        assert checked(as_list(profile / f"{name}.json", tmp_path), file) == "", file.name


def test_a_broken_answer_is_caught(served, shared, tmp_path):
    profile = shared / "standards" / "hsds" / "uk-profile-3.0" / "schema" / "compiled"
    schema = as_list(profile / "service.json", tmp_path)
    good = get(f"{served}/services/{get(served + '/services')['contents'][0]['id']}")
    file = tmp_path / "answer.json"
    for broken in (
        {**good, "status": "open"},
        {**good, "id": "7"},
        {**good, "url": 7},
        {**good, "last_modified": "yesterday"},
        {key: value for key, value in good.items() if key != "name"},
    ):
        file.write_text(json.dumps([broken]))
        assert checked(schema, file) != "", broken.keys() ^ good.keys()
    file.write_text(json.dumps([good]))
    assert checked(schema, file) == ""


def schemathesis(address, shared, examples):
    contract = shared / "standards" / "hsds" / "oruk-3.0-validator" / "open_api.local.json"
    checks = "not_a_server_error,content_type_conformance,response_schema_conformance"
    start = "from schemathesis.cli import schemathesis; schemathesis()"
    command = [sys.executable, "-c", start, "run", str(contract)]
    command += ["--url", address, "--phases", "examples,coverage,fuzzing", "--checks", checks]
    command += ["--max-examples", str(examples), "--seed", "6", "--no-color"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_questions_of_another_hand(served, shared):
    found = schemathesis(served, shared, CASES // 11)
    assert found.returncode == 0, found.stdout[-3000:]
    count = re.search(r"([\d,]+) generated", found.stdout)
    assert count, found.stdout[-1500:]
    assert int(count[1].replace(",", "")) >= CASES
