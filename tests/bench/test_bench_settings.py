"""What names a study: its sizes, and the fields that matter."""

import numpy as np
import pytest

from ddcore.bench.results import result_path
from ddcore.bench.settings import COSTS, MOST_IMAGES, BenchSettings, exact_kernel, most_images, usual_sizes
from ddcore.errors import BadInput
from ddcore.features import FEATURES


def test_sizes_are_log_spaced_ascending_and_distinct():
    np.testing.assert_array_equal(BenchSettings(smallest=100, largest=10000, sizes=3).points, [100, 1000, 10000])
    np.testing.assert_array_equal(BenchSettings(smallest=1, largest=3, sizes=12).points, [1, 2, 3])
    np.testing.assert_array_equal(BenchSettings(smallest=7, largest=7, sizes=5).points, [7])


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1438, (100, 1000)), (60000, (500, 5000)), (36, (2, 20)), (10, (1, 10)), (1, (1, 1)), (7, (1, 5))],
)
def test_usual_sizes_fit_the_dataset(count, expected):
    assert usual_sizes(count) == expected
    assert BenchSettings(smallest=expected[0], largest=expected[1]).points[-1] <= count


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"smallest": 200, "largest": 100}, "largest=100"),
        ({"cost": "svm"}, "cost='svm'"),
        ({"draws": 0}, "draws=0"),
        ({"features": "smell"}, "features='smell'"),
        ({"ridge": 0.0}, "ridge=0.0"),
        ({"k": 0}, "k=0"),
        ({"bandwidth": -1.0}, "bandwidth=-1.0"),
        ({"bandwidth": 1e-9}, "bandwidth=1e-09"),
        ({"mixture": 1.1}, "mixture=1.1"),
    ],
)
def test_impossible_settings_are_refused(fields, told):
    with pytest.raises(BadInput, match=told):
        BenchSettings(**fields)


def test_only_what_the_cost_depends_on_names_a_result():
    def name(**fields):
        return result_path("0" * 16, BenchSettings(**fields))

    assert name(cost="kmeans", ridge=3.0, features="pca") == name(cost="kmeans")
    assert name(cost="ridge", k=3) == name(cost="ridge")
    different = [name(), name(cost="kmeans"), name(ridge=2.0), name(draws=11), name(seed=1), name(features="pca")]
    different += [name(bandwidth=5.0), name(mixture=0.2), name(cost="kmeans", mixture=0.2)]
    different += [
        name(cost="kmeans", k=3),
        name(cost="kmeans", seedings=1),
        name(largest=999),
        name(sizes=5),
        name(num_features=10),
    ]
    assert len(set(different)) == len(different)
    assert name() != result_path("1" * 16, BenchSettings())


@pytest.mark.parametrize("features", FEATURES)
def test_only_what_the_features_depend_on_names_a_result(features):
    named = BenchSettings(features=features).named()
    assert ("num_features" in named) == (features != "pixels")
    assert ("bandwidth" in named) == (features in ("rff", "nystroem", "kernel"))
    assert not {"features", "num_features", "bandwidth", "ridge"} & set(
        BenchSettings(cost="kmeans", features=features).named()
    )


@pytest.mark.parametrize("cost", COSTS)
def test_what_names_a_study_is_enough_to_do_it_again(cost):
    settings = BenchSettings(cost=cost, mixture=0.3, seed=4)
    assert BenchSettings.of(settings.named()) == settings


def test_studies_of_earlier_versions_took_one_seeding():
    """They name none; neither does a study that asks for one, so that it is found."""
    named = BenchSettings(cost="kmeans", seedings=1).named()
    assert "seedings" not in named and BenchSettings.of(named).seedings == 1
    assert BenchSettings(cost="kmeans").named()["seedings"] == 0
    assert BenchSettings.of(BenchSettings().named()) == BenchSettings(), "of ridge, which has no seedings"


def test_a_study_of_slow_features_takes_fewer_images():
    assert most_images(BenchSettings(num_features=512), 784) == MOST_IMAGES["ridge"] == 60_000
    assert most_images(BenchSettings(num_features=513), 784) == 20_000
    assert most_images(BenchSettings(features="pixels", num_features=9), 784) == 20_000
    assert most_images(BenchSettings(features="pixels", num_features=2048), 64) == 60_000
    assert most_images(BenchSettings(features="nngp", num_features=9), 64) == 20_000
    assert most_images(BenchSettings(cost="kmeans", features="nngp", num_features=2048), 784) == 10_000


def test_a_kernel_is_exact_up_to_the_images_whose_kernel_fits():
    assert exact_kernel("kernel", 4096) and not exact_kernel("kernel", 4097) and not exact_kernel("rff", 10)
