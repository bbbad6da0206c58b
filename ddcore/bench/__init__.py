"""The bench: coresets drawn by several schemes, and how far each is from the cost of all images.

`settings`, `results`, `verdict` and `figures` are what pages import; `schemes` and `study` do the work, in a job.

Letters: N images, m points of a coreset, S schemes, M sizes m, R draws a size, P pictures of a worst query.
"""
