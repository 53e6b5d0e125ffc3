"""The sectors that partners and organisations are of, in the order in which they are shown."""

SECTORS = (
    "health",
    "council",
    "charity",
    "community group",
    "lived experience",
    "academia",
    "policy",
)
