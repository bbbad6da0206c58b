"""What synthetic images are made of, which real ones they stand for, and what has gone wrong with them.

NumPy and SciPy alone (safe in the server process). Images are compared in normalised pixels: per channel minus the mean
and divided by the standard deviation of the training pixels, unwhitened, in the order (H, W, C).
Letters: M synthetic images, N real ones, D pixels an image, k neighbours, K classes.
"""
