"""Bringing the fruit to the door."""
