"""Speed and memory as ratios, measured side by side.

A process chooses its database before Django may start: models are asked for by name, or a module
that needs them is imported by name, after that.
"""
