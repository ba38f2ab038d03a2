"""Orchard: fruit from the grower to the door."""

__version__ = "2.0.0"
