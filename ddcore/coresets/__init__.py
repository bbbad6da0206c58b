"""Weighted subsets, clustering, and how far a subset is from standing for all points."""
