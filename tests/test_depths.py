from ddcore import depths, models


def test_forms_and_networks_agree_on_depths():
    for height in (4, 8, 15, 16, 28, 31, 32, 63, 64, 96, 128, 256):
        for width in (8, 28, 64):
            assert depths.largest_depth(height, width) == models.largest_depth(height, width)
            assert depths.default_depth(height, width) == models.default_depth(height, width)


def test_a_depth_never_pools_below_one_pixel():
    assert (depths.default_depth(8, 8), depths.largest_depth(8, 8)) == (2, 3)
    assert (depths.default_depth(28, 28), depths.largest_depth(28, 28)) == (3, 5)
