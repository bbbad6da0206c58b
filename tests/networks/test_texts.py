"""The text by which a network is named: read and written, and what is no such text refused in one clear sentence."""

import pytest
import toy

from ddcore.errors import BadInput
from ddcore.experiments.settings import DistillSettings
from ddcore.importance import SCORES
from ddcore.networks import NETWORKS, parsed, text_of
from ddcore.networks.base import make_network, network_of


@pytest.mark.parametrize("text", [*NETWORKS.names(), *toy.networks()])
def test_a_text_is_read_and_written_without_loss(text):
    assert text_of(*parsed(text)) == text
    name, fields = parsed(text)
    assert toy.network(text) == make_network((1, 8, 8), toy.CLASSES, name, **fields)


def test_values_keep_their_types():
    fields = {"whole": 3, "share": 1e-7, "less": -2.5, "yes": True, "no": False, "word": "leaky-relu"}
    name, found = parsed(text_of("convnet", fields))
    assert (name, found) == ("convnet", fields)
    assert {key: type(value) for key, value in found.items()} == {key: type(value) for key, value in fields.items()}


def test_blanks_do_not_matter():
    assert parsed("  mlp: width = 6 ,depth =3 ") == ("mlp", {"width": 6, "depth": 3})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "network='' is unknown; choose one of convnet, mlp."),
        ("resnet:width=3", "network='resnet:width=3' is unknown; choose one of convnet, mlp."),
        ("MLP", "network='MLP' is unknown; choose one of convnet, mlp."),
        ("mlp:width", "network='mlp:width' is not allowed; write its parameters as mlp:width=64,depth=2."),
        ("mlp:width=", "network='mlp:width=' is not allowed; write its parameters as mlp:width=64,depth=2."),
        ("mlp:=6", "network='mlp:=6' is not allowed; write its parameters as mlp:width=64,depth=2."),
        ("mlp:width=6,", "network='mlp:width=6,' is not allowed; write its parameters as mlp:width=64,depth=2."),
        ("mlp:width=6,width=7", "network='mlp:width=6,width=7' is not allowed; it names a parameter twice."),
        ("mlp:shape=3", "network 'mlp' has no parameter 'shape'."),
        ("mlp:num_classes=3", "network 'mlp' has no parameter 'num_classes'."),
        ("convnet:name=mlp", "network 'convnet' has no parameter 'name'."),
        ("convnet:self=1", "network 'convnet' has no parameter 'self'."),
    ],
)
def test_what_is_no_text_of_a_network_is_refused_by_every_door(text, sentence):
    doors = (
        parsed,
        toy.network,
        lambda text: DistillSettings(network=text),
        lambda text: DistillSettings(student_network=text),
        lambda text: SCORES.make("loss", proxy_network=text),
        lambda text: SCORES.make("ridge", feature_network=text),
    )
    for door in doors:
        with pytest.raises(BadInput) as refusal:
            door(text)
        assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mlp:norm=batch", "network 'mlp' has no parameter 'norm'; choose from width, depth."),
        (
            "convnet:layers=2",
            "network 'convnet' has no parameter 'layers'; choose from width, depth, norm, activation, pooling.",
        ),
        ("mlp:width=0", "width=0 is not allowed; choose a whole number from 1 to 65536."),
        ("mlp:width=2.5", "width=2.5 is not allowed; choose a whole number from 1 to 65536."),
        ("mlp:width=true", "width=True is not allowed; choose a whole number from 1 to 65536."),
        ("mlp:width=wide", "width='wide' is not allowed; choose a whole number from 1 to 65536."),
        ("mlp:width=nan", "width=nan is not allowed; choose a whole number from 1 to 65536."),
        ("mlp:depth=21", "depth=21 is not allowed; choose a whole number from 1 to 20."),
        ("convnet:norm=bath", "norm='bath' is not allowed; choose one of instance, batch, layer, group, none."),
        ("convnet:norm=3", "norm=3 is not allowed; choose one of instance, batch, layer, group, none."),
        ("convnet:pooling=sum", "pooling='sum' is not allowed; choose one of average, max, none."),
        ("convnet:depth=4", "depth=4 does not fit 8x8 images; choose a depth from 1 to 3."),
        ("convnet:depth=4,pooling=max", "depth=4 does not fit 8x8 images; choose a depth from 1 to 3."),
        ("convnet:depth=9,pooling=none", "depth=9 is not allowed; choose a whole number from 1 to 8."),
        ("convnet:width=6,norm=group", "width=6 does not fit norm=group; choose a multiple of 4."),
    ],
)
def test_parameters_that_a_network_cannot_have_are_refused(text, sentence):
    with pytest.raises(BadInput) as refusal:
        toy.network(text)
    assert str(refusal.value) == sentence


def test_without_pooling_depth_has_no_bound_by_size():
    assert toy.network("convnet:depth=8,width=2,pooling=none").num_features == 2 * 8 * 8


def test_what_is_given_beside_the_text_gives_way_to_it():
    made = network_of("mlp:width=6", (1, 8, 8), 3, width=32, depth=5)
    assert (made.width, made.depth) == (6, 5)
    assert network_of("mlp", (1, 8, 8), 3, width=None) == network_of("mlp", (1, 8, 8), 3), "None is the default"
