import numpy as np
import pytest

from ddcore.maps import layout
from ddcore.maps.layout import is_exact, umap_layout
from ddcore.progress import Stopped

PHASES = ("finding neighbours", "loading UMAP", "weighing neighbours", "laying out the map")


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(240, 8)) + 6 * rng.integers(0, 2, (240, 1))).astype(np.float32)


def drawn(points, progress=lambda *_: None, seed=0):
    return umap_layout(points, points[:, :2], 10, 0.1, seed, progress)


@pytest.fixture(scope="module")
def undisturbed(points):
    return drawn(points)


@pytest.fixture
def slowly(monkeypatch):
    """Every phase can be seen, however fast it is: a report waits until it has been passed on."""
    plain = layout._Relay.report

    def report(self, *args):
        plain(self, *args)
        if args[2] not in self.__dict__.setdefault("told", set()):
            self.told.add(args[2])
            layout.time.sleep(0.6)

    monkeypatch.setattr(layout._Relay, "report", report)


def test_the_layout_is_the_one_of_umap_itself(points, undisturbed):
    umap = pytest.importorskip("umap")
    start = points[:, :2]
    noise = layout.numpy_generator(0, "map-start").normal(scale=1e-4 * float(start.std()), size=start.shape)
    mapper = umap.UMAP(n_neighbors=10, init=(start + noise).astype(np.float32), random_state=0, n_jobs=1)
    assert mapper.fit_transform(points).tobytes() == undisturbed.tobytes()


def test_the_same_seed_gives_the_same_bits(points, undisturbed):
    assert drawn(points).tobytes() == undisturbed.tobytes()
    assert drawn(points, seed=1).tobytes() != undisturbed.tobytes()


def test_every_phase_is_reported_and_known_lengths_go_to_the_end(points, slowly):
    seen = []
    drawn(points, lambda *report: seen.append(report))
    phases = list(dict.fromkeys(next(phase for phase in PHASES if phase in note) for _, _, note in seen))
    assert phases == list(PHASES)
    for phase in (PHASES[0], PHASES[3]):
        steps = [(done, total) for done, total, note in seen if phase in note]
        assert steps == sorted(steps) and steps[0][0] == 0 and steps[-1][0] == steps[-1][1] > 0
        assert len({note for _, _, note in seen if phase in note}) == 1, "the time left is told from equal notes"


@pytest.mark.parametrize("phase", PHASES)
def test_a_stop_in_any_phase_is_one_and_the_next_layout_is_undisturbed(points, undisturbed, slowly, phase):
    def stop(done, total, note):
        reached.append(note)
        if phase in note:
            raise Stopped

    reached = []
    with pytest.raises(Stopped):
        drawn(points, stop)
    assert phase in reached[-1]
    assert drawn(points).tobytes() == undisturbed.tobytes()


def test_an_error_of_umap_is_raised(points, monkeypatch):
    monkeypatch.setattr(layout, "_umap", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        drawn(points)


def test_all_that_the_layout_compiles_is_kept(undisturbed):
    import umap.layouts
    import umap.umap_

    named = {**vars(umap.umap_), **vars(umap.layouts)}
    compiled = [value for value in named.values() if hasattr(value, "enable_caching") and value.signatures]
    assert len(compiled) > 3
    assert all(function.stats.cache_path for function in compiled)


@pytest.mark.parametrize(
    ("count", "size", "exact"),
    [(1_797, 64, True), (20_000, 784, True), (60_000, 50, True), (60_000, 784, False), (50_000, 3072, False)],
)
def test_points_are_compared_with_each_other_where_that_is_faster(count, size, exact):
    assert is_exact(count, size) == exact


@pytest.mark.slow  # the approximate search compiles for half a minute
def test_many_points_are_searched_approximately(points, monkeypatch):
    monkeypatch.setattr(layout, "EXACT_WORK", 0)
    monkeypatch.setattr(layout, "nearest", None)
    seen = []
    first = drawn(points, lambda done, total, note: seen.append(note))
    assert np.isfinite(first).all() and drawn(points).tobytes() == first.tobytes()
    assert any("finding neighbours" in note for note in seen)
