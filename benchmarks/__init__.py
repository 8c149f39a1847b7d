"""Measurements with ratios from one run; see each module for what is compared with what."""
