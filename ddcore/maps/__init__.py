"""Two-dimensional maps of real images, and the places of further images on them."""
