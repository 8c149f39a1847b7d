"""Invented cases: those of 2016, and open ones of today for a demonstration."""

from relief.sample.desks import load_open
from relief.sample.year import STORIES, load

__all__ = ["STORIES", "load", "load_open"]
