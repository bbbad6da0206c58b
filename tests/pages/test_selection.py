"""The selection: what maps report, undoing and redoing, and what a person brings from elsewhere."""

import io
from types import SimpleNamespace

import numpy as np
import pytest

from ddcore.errors import BadInput
from pages.parts import selection
from pages.parts.explore.slice_menu import ids_of_file, ids_of_text

HASH, MAP = "ab" * 8, "explore_points"


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr(selection, "st", SimpleNamespace(session_state={}))


def chosen():
    found = selection.chosen_of(HASH)
    return None if found is None else found.tolist()


def test_a_filter_by_images_belongs_to_the_steps_that_are_undone(session):
    among = selection.st.session_state
    selection.choose(HASH, [3, 1, 2])
    selection.keep_only(HASH, [3, 2])
    assert chosen() is None and among[selection.among_key(HASH)] == [2, 3]
    selection.choose(HASH, [2])
    selection.undo(HASH)
    assert chosen() is None and among[selection.among_key(HASH)] == [2, 3]
    selection.undo(HASH)
    assert chosen() == [1, 2, 3] and among[selection.among_key(HASH)] is None
    selection.redo(HASH)
    assert chosen() is None and among[selection.among_key(HASH)] == [2, 3]


def test_a_filter_by_images_is_undone_where_none_were_chosen(session):
    selection.keep_only(HASH, [5])
    selection.undo(HASH)
    assert selection.st.session_state[selection.among_key(HASH)] is None


def test_choices_are_undone_and_redone_with_the_primary_image(session):
    selection.choose(HASH, [3, 1, 2])
    selection.make_primary(HASH, 2)
    selection.choose(HASH, [9], 9)
    selection.choose(HASH, None)
    for wanted in ([9], [1, 2, 3], None):
        selection.undo(HASH)
        assert chosen() == wanted
    selection.undo(HASH)  # there is nothing before
    selection.redo(HASH)
    assert chosen() == [1, 2, 3] and selection.primary_of(HASH) == 2
    selection.redo(HASH)
    assert chosen() == [9] and selection.primary_of(HASH) == 9
    selection.choose(HASH, [4])
    selection.redo(HASH)  # a new choice ends what could be redone
    assert chosen() == [4]


def test_other_data_begin_anew(session):
    selection.choose(HASH, [1], 1)
    assert selection.primary_of("cd" * 8) is None and selection.chosen_of("cd" * 8) is None


def test_a_report_counts_once(session):
    selection.hear(HASH, MAP, None)
    selection.hear(HASH, MAP, np.array([1, 2]))
    assert chosen() == [1, 2]
    selection.choose(HASH, [7])  # a slice is opened
    selection.hear(HASH, MAP, np.array([1, 2]))  # the map says again what it said
    assert chosen() == [7]
    selection.hear(HASH, MAP, np.array([5]))
    assert chosen() == [5]
    selection.hear(HASH, MAP, None)
    assert chosen() is None


def test_a_map_that_draws_a_part_does_not_thin_the_choice(session):
    selection.choose(HASH, [1, 2, 3, 4])
    assert selection.for_map(HASH, MAP).tolist() == [1, 2, 3, 4]
    selection.hear(HASH, MAP, np.array([2, 4]))  # the others are not drawn
    assert chosen() == [1, 2, 3, 4] and selection.for_map(HASH, MAP).tolist() == [2, 4]
    selection.hear(HASH, MAP, np.array([2]))  # now the person takes one away on the map
    assert chosen() == [2]


def test_a_map_of_another_visit_or_picture_begins_with_the_choice(session):
    selection.choose(HASH, [1, 2])
    selection.hear(HASH, MAP, np.array([1, 2]))
    selection.hear(HASH, "explore_two", None)
    assert chosen() == [1, 2]
    selection.hear(HASH, MAP, np.array([1, 2]))
    selection.forget_maps(HASH)
    selection.hear(HASH, MAP, None)
    assert chosen() == [1, 2]


def test_the_primary_image_outside_a_new_selection_is_let_go(session):
    selection.make_primary(HASH, 5)
    assert not selection.keep(HASH, np.array([5, 6]), "lasso")
    assert selection.keep(HASH, np.array([6, 7]), "lasso") and selection.primary_of(HASH) is None


def test_numbers_from_elsewhere():
    assert ids_of_text("17, 42\n1007;3") == [17, 42, 1007, 3]
    for wrong in ("17, seven", "", "-3", "1.5"):
        with pytest.raises(BadInput):
            ids_of_text(wrong)


def test_files_from_elsewhere():
    buffer = io.BytesIO()
    np.savez(buffer, ids=np.array([4, 2]))
    assert ids_of_file("mine.npz", buffer.getvalue()) == [4, 2]
    assert ids_of_file("mine.csv", b'id,label,class\n3,1,"a, b"\n8,1,c\n') == [3, 8]
    assert ids_of_file("mine.csv", b"label,id\n1,3\n1,8\n") == [3, 8]
    assert ids_of_file("mine.txt", b"3 8") == [3, 8]
    for name, data in (("mine.npz", b"no zip"), ("mine.csv", b"id,label\nx,1\n"), ("mine.txt", b"\xff\xfe")):
        with pytest.raises(BadInput):
            ids_of_file(name, data)


def test_every_page_knows_the_primary_image(ready, explore):
    page = explore("digits", image="17")
    assert page.session_state["selection"]["primary"] == 17
    for other in ("distill.py", "bench.py"):
        page.switch_page(other).run()
        assert "See training image 17 on Explore" in [link.proto.label for link in page.get("page_link")]
    page.switch_page("explore.py").run()
    assert page.session_state["selection"]["primary"] == 17 and page.query_params["image"] == "17"


def test_the_first_image_of_the_sheet_has_a_ring(ready, explore, monkeypatch):
    from pages.parts.explore import map as explore_map

    drawn, real = {}, explore_map.point_map
    monkeypatch.setattr(
        explore_map, "point_map", lambda *args, **options: drawn.update(options) or real(*args, **options)
    )
    page = explore("digits")
    first = drawn["highlight"]
    assert len(first) == 1 and f"image {first[0]:,} " in str([one.value for one in page.markdown])
    page.multiselect(key=f"explore_classes_{ready.hash}").set_value([3]).run()
    assert drawn["highlight"] == page.session_state["selection"]["ids"][:1]
