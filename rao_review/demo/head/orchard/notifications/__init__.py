"""Telling customers what happens."""
