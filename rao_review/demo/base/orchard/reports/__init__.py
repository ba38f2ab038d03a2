"""Figures for the people who keep the books."""
