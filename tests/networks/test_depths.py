from ddcore import networks


def test_a_depth_never_pools_below_one_pixel():
    assert (networks.default_depth(8, 8), networks.largest_depth(8, 8)) == (2, 3)
    assert (networks.default_depth(28, 28), networks.largest_depth(28, 28)) == (3, 5)
