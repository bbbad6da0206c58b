from ddcore.networks import depths


def test_a_depth_never_pools_below_one_pixel():
    assert (depths.default_depth(8, 8), depths.largest_depth(8, 8)) == (2, 3)
    assert (depths.default_depth(28, 28), depths.largest_depth(28, 28)) == (3, 5)
