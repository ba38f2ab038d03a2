"""Orchard: fruit from the grower to the door."""

__version__ = "1.9.3"
