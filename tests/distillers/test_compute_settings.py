"""Compiled features and coarser numbers for real images: two settings of the methods that match features."""

import copy

import pytest
import torch
import torch._inductor.config
import toy

from ddcore.distillers.dm import DistributionMatching
from ddcore.distillers.ncfm import CharacteristicMatching
from ddcore.errors import BadInput
from ddcore.loop import distill
from ddcore.networks import compute

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # of PyTorch's own tracing
METHODS = (DistributionMatching, CharacteristicMatching)


@pytest.fixture(autouse=True)
def nothing_compiled_before():
    compute._compiled.cache_clear()
    yield
    compute._compiled.cache_clear()


def states(method, steps: int = 4, through: str = "convnet:width=4,depth=2", resume_from=None) -> list:
    """The state after each step."""
    events = distill(toy.problem(through=through), method, toy.synthetic(), steps, 0, resume_from)
    return [copy.deepcopy(event.state) for event in events]


def images_after(method, **given) -> torch.Tensor:
    return states(method, **given)[-1]["images"]


@pytest.mark.parametrize("method", METHODS)
def test_bfloat16_changes_real_features_only_a_little(method):
    exact, coarse = images_after(method()), images_after(method(real_precision="bfloat16"))
    moved = (exact - toy.synthetic().images).norm()
    assert coarse.dtype == torch.float32
    assert 0 < (exact - coarse).norm() < 0.2 * moved


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_compiled_code_is_traced_whole_and_computes_the_same(method, norm, monkeypatch):
    """Traced as a compiler would, without the compiler: no part of a network is left out, nothing else changes."""
    compiler = torch.compile
    monkeypatch.setattr(torch, "compile", lambda *args, **given: compiler(*args, backend="aot_eager", fullgraph=True))
    through = f"convnet:width=4,depth=2,norm={norm}"
    plain, compiled = images_after(method(), through=through), images_after(method(compile="on"), through=through)
    torch.testing.assert_close(compiled, plain, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_a_compiled_run_goes_on_bit_for_bit():
    try:
        compute.check_compiler("on")
    except BadInput as none:
        pytest.skip(str(none))  # the project's own check installs a compiler
    method, through = DistributionMatching(compile="on"), "mlp:width=4,depth=1"
    whole = states(method, through=through)
    again = states(method, through=through, resume_from=(2, copy.deepcopy(whole[2])))
    assert torch.equal(again[-1]["images"], whole[-1]["images"])
    assert torch.equal(again[-1]["velocity"], whole[-1]["velocity"])
    plain = images_after(DistributionMatching(), through=through)
    torch.testing.assert_close(whole[-1]["images"], plain, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("compiler", ["/nowhere", "false"])
def test_without_a_compiler_that_works_the_run_says_so_before_it_begins(method, compiler):
    with torch._inductor.config.patch({"cpp.cxx": (None, compiler)}):
        method().check_fit(toy.network(), 1)
        with pytest.raises(BadInput, match=r"compile=on needs a C\+\+ compiler"):
            method(compile="on").check_fit(toy.network(), 1)


def test_without_the_headers_of_python_the_run_says_so(monkeypatch):
    monkeypatch.setattr(compute.sysconfig, "get_path", lambda name: "/nowhere")
    with (
        torch._inductor.config.patch({"cpp.cxx": (None, "true")}),
        pytest.raises(BadInput, match="compile=on needs Py"),
    ):
        DistributionMatching(compile="on").check_fit(toy.network(), 1)
