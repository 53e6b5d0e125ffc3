"""Who works with whom: organisations and their links over time, and the models they follow."""

from mobilise.learn.network.links import KINDS, Network, network_of
from mobilise.learn.network.measures import Snapshot, snapshot, snapshots
from mobilise.learn.network.models import compare_models, models_of
from mobilise.learn.network.stages import Stage, stage_counts, stages

__all__ = [
    "KINDS",
    "Network",
    "Snapshot",
    "Stage",
    "compare_models",
    "models_of",
    "network_of",
    "snapshot",
    "snapshots",
    "stage_counts",
    "stages",
]
