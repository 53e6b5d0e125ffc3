"""Reach beyond one machine: strips of a country as tasks of Dask (the extra ``cluster``).

Each task carries its own strip, so a task whose worker is lost is run again on another by the
scheduler, and no worker ever holds more than the strips it works on. As many tasks are under way
as keep the workers busy, so that the scheduler does not hold the whole country either.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError
from mobilise.reach.measures import measure
from mobilise.reach.strips import answer, measure_in_strips

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mobilise.reach.measures import Reached
    from mobilise.reach.strips import Answer, Strip

LOCAL = "local"
_INSTALL = "running on a cluster needs Dask: pip install 'mobilise[cluster]'."
_WAIT_SECONDS = 30
_AHEAD = 2  # tasks sent for each thread: one at work, one waiting


def measure_on(client: Any, origins: Any, assets: Any, **options: Any) -> Reached:
    """Return what :func:`mobilise.reach.measure` returns, computed by the workers of a cluster.

    Parameters
    ----------
    client
        A ``distributed.Client``.
    origins, assets, options
        As of ``measure``; and `strips`, how many to cut the place into. Travel times from
        another router are summed here: there is nothing to cut.

    Returns
    -------
    Reached
        `nearest`, `count` and `choice` to the last bit, the other measures to 1 in 10¹². The
        number of workers, and which of them did what, changes nothing at all.

    Raises
    ------
    InputError
        As ``measure``; or there is no worker, or one strip was too much for several of them.
    """
    if options.get("times") is not None:
        options.pop("strips", None)
        return measure(origins, assets, **options)
    options.pop("times", None)
    return measure_in_strips(lambda strips: _on_workers(client, strips), origins, assets, **options)


def _on_workers(client: Any, strips: Iterable[Strip]) -> Iterator[Answer]:
    """Yield the answers as they come; as each comes the next strip is cut and sent."""
    dask, distributed = _dask()
    try:
        client.wait_for_workers(1, timeout=_WAIT_SECONDS)
    except TimeoutError as error:
        raise InputError("--on: the scheduler has no workers; start some and try again.") from error
    waiting = iter(strips)
    # A strip is meant to be sent with its task: it is what a second worker needs.
    quiet = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}

    def sent(strip: Strip) -> Any:
        with dask.config.set(quiet):
            return client.submit(answer, strip, pure=False)

    ahead = _AHEAD * max(1, sum(client.nthreads().values()))
    running = distributed.as_completed([sent(strip) for strip in islice(waiting, ahead)])
    for task in running:
        try:
            yield task.result()
        except distributed.KilledWorker as error:
            raise InputError(
                "--on: several workers died on one strip, most likely for want of memory; "
                "give each worker more, or fewer threads."
            ) from error
        for strip in islice(waiting, 1):
            running.add(sent(strip))


@contextmanager
def measuring(on: str | None) -> Iterator[Callable[..., Reached]]:
    """Give the function that measures: :func:`measure`, or `on` a cluster :func:`measure_on`."""
    if on is None:
        yield measure
        return
    with connected(on) as client:
        yield partial(measure_on, client)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a scheduler (tcp://host:port), or start workers on this machine ("local").

    Raises
    ------
    InputError
        Dask is not installed, or no scheduler answers.
    """
    _, distributed = _dask()
    if address == LOCAL:
        with (
            distributed.LocalCluster(
                dashboard_address="127.0.0.1:0", threads_per_worker=1
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(address, timeout=_WAIT_SECONDS)
    except (OSError, ValueError) as error:
        raise InputError(
            f"--on: no scheduler answers at '{address}'; is it running, and is the address like "
            "tcp://host:8786? Or use --on local."
        ) from error
    with client:
        yield client


def _dask() -> tuple[Any, Any]:
    try:
        return importlib.import_module("dask"), importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise InputError(f"--on: {_INSTALL}") from error
