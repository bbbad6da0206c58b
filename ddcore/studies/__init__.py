"""Studies: a grid of runs paired by seed, what they say together, and how sure one may be.

`grid` says which runs, `study` keeps what they found, `pairs` and `verdict` compare it, `tables` writes it out.
"""
