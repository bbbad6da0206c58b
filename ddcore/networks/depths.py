"""How deep a network may be for images of a size. No torch here: forms ask before a worker does.

Every block halves the image; 28-pixel images are padded to 32 first, as published for MNIST.
"""


def padded(pixels: int) -> int:
    return 32 if pixels == 28 else pixels


def largest_depth(height: int, width: int) -> int:
    """How many 2x2 poolings fit before an image of this size is a single pixel."""
    return max(1, min(padded(height), padded(width)).bit_length() - 1)


def default_depth(height: int, width: int) -> int:
    """Three blocks as published; two for images below 16 pixels (`digits`); one more for each doubling above 32."""
    smallest = min(padded(height), padded(width))
    return max(1, min(largest_depth(height, width), 3 if smallest >= 16 else 2) + max(0, (smallest // 64).bit_length()))
