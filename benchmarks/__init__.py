"""Speed and memory as ratios, measured side by side.

What needs Django is imported inside functions here: a process chooses its database before Django
may start, and carries only what its variant needs, lest the floor weigh Django.
"""
