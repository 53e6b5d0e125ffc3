"""The sections of a report, in the order they are read."""
