"""The API pages: every public name of every room, told by its code."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

from tests.handbook.conftest import Browser, Outline
from wengu.core.i18n import LANGUAGES, Language
from wengu.handbook.docstrings import Block, blocks_of
from wengu.handbook.places import WORD, rooms
from wengu.handbook.reference import Name, brief_of, room_at, shown_on, slug_of
from wengu.handbook.render import Site, cover_html, page_html, reference_html
from wengu.handbook.search import search_index
from wengu.pages import pages

SITE = Site("token")


def named(public: str) -> Name:
    """One name of a room."""
    room, _, name = public.partition(":")
    return next(one for one in room_at(slug_of(room)).names if one.name == name)


@pytest.mark.parametrize("room", rooms())
def test_page_has_every_public_name_with_signature_and_docstring(room: str) -> None:
    """Authority: Python's own inspect, of what is imported."""
    module = importlib.import_module(room)
    made = room_at(slug_of(room))
    public = [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
    assert sorted(one.name for one in made.names) == sorted(public)
    for one in made.names:
        found = inspect.unwrap(getattr(module, one.name)) if one.kind != "constant" else None
        assert one.brief, one.name
        if one.kind != "constant":
            assert one.brief == " ".join((inspect.getdoc(found) or "").split("\n\n")[0].split("  [notes")[0].split()), one.name
            assert one.where.startswith(f"{found.__module__.replace('.', '/')}"), one.name
        if one.kind == "function":
            assert one.signature.count("\n") == 0 or one.signature.startswith("(\n    ")
            for parameter in inspect.signature(found).parameters:
                assert parameter in one.signature, one.name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", rooms())
def test_page_is_well_formed(room: str, language: Language) -> None:
    """Authority: an HTML reader that lets nothing pass."""
    made = room_at(slug_of(room))
    found = Outline(reference_html(made, language, SITE))
    assert not found.faults
    assert [one.name for one in made.names] == sorted((one.name for one in made.names), key=str.casefold)
    assert {one.name for one in made.names} <= set(found.ids)
    assert {f"#{one.name}" for one in made.names} <= set(found.links)
    anchors = {f"/{language}/api/{slug_of(one)}": {two.anchor for two in (*room_at(slug_of(one)).names, *room_at(slug_of(one)).types)}
               for one in rooms()}
    for link in found.links:
        page, _, anchor = link.partition("#")
        if page in anchors and anchor:
            assert anchor in anchors[page], link
        elif link.startswith("#"):
            assert anchor in found.ids, link
    other = "zh" if language == "en" else "en"
    assert f"/{other}/api/{made.slug}" in found.links


def test_a_name_has_its_formula_its_example_its_methods_and_its_pages() -> None:
    adam = named("wengu.optimization:Adam")
    assert "lr: float = 0.001" in adam.signature and "self" not in adam.signature
    assert ">>> adam = Adam([w], lr=0.1)" in next(block.text for block in adam.blocks if block.kind == "code")
    head = next(head for head in room_at("optimization").heads if adam in head.names)
    assert head.title == "Adam: momentum and RMSprop together, bias-corrected."
    assert head.blocks[0].kind == "formula" and "W <- W - α · V/(1-β1^t) / (√(S/(1-β2^t)) + ε)" in head.blocks[0].text
    assert [page.path for page in shown_on(adam.public, "en")] == ["gradient_descent/adam"]
    ledger = named("wengu.practice:Ledger")
    assert "cause: str" in [one.signature for one in ledger.members], "a property has no brackets"
    assert not any(one.name.startswith("_") for one in ledger.members)
    assert named("wengu.optimization:DECAYS").signature == "= tuple(_RULES)"
    words = Outline(reference_html(room_at("optimization"), "zh", SITE))
    assert "/zh/gradient_descent/adam" in words.links


@pytest.mark.parametrize("room", rooms())
def test_what_public_functions_give_is_told_of(room: str) -> None:
    """Authority: what Python finds behind the annotations of what is imported."""
    module = importlib.import_module(room)
    told = {(one.module, one.name) for every in rooms() for made in [room_at(slug_of(every))]
            for one in (*made.names, *made.types)}
    for name in room_at(slug_of(room)).names:
        function = inspect.unwrap(getattr(module, name.name))
        if name.kind != "function":
            continue
        gives = vars(sys.modules[function.__module__]).get(str(inspect.signature(function).return_annotation))
        if inspect.isclass(gives) and gives.__module__.startswith("wengu."):
            assert (gives.__module__, gives.__name__) in told, f"{name.name} -> {gives}"


def test_types_are_linked_where_they_are_told_of() -> None:
    page = reference_html(room_at("adviser"), "en", SITE)
    for link in ('<a href="#Change">Change</a>', '<a href="/en/api/practice#Ledger">Ledger</a>',
                 '<a href="/en/api/wengu#RunFolder">RunFolder</a>', '<a href="#NextStep">NextStep</a>'):
        assert link in page, link
    assert [one.name for one in room_at("layers").types if one.name == "Statistics"]
    assert named("wengu.training:Watcher").links.keys().isdisjoint({"Any", "None"})


def test_a_word_within_a_text_is_no_name() -> None:
    assert WORD.findall("(rule: Rule = 'Adam', n: int)") == ["rule", "Rule", "'Adam'", "n", "int"]


@pytest.mark.parametrize(("text", "kinds"), [
    ("One line.", ["text"]),
    ("A.\n\n    x = 1\n\n    y = 2\n\nB goes\non.", ["text", "formula", "text"]),
    ("A.\n\n>>> 1\n1", ["text", "code"]),
    ("A.\n\n    >>> 1\n    1", ["text", "code"]),
    ("A.\n\nx: one,\n   still one\ny: two", ["text", "list"]),
    ("A: not a list, for one colon is none.", ["text"]),
    ("", []),
])  # fmt: skip
def test_docstrings_are_read_by_their_form(text: str, kinds: list[str]) -> None:
    assert [block.kind for block in blocks_of(text)] == kinds


def test_what_stands_between_backticks_is_code_and_nothing_is_markup() -> None:
    assert "plain <code>nn.Module</code>s" in reference_html(room_at("layers"), "en", SITE)
    assert "`" not in Outline(cover_html("en", SITE)).words
    every = "".join(reference_html(room_at(slug_of(room)), "en", SITE) for room in rooms())
    assert "&lt;set&gt;" in every and "<set>" not in every


def test_formulas_keep_their_lines_and_lists_their_items() -> None:
    assert blocks_of("    a\n      b\n\n    c") == [Block("formula", "a\n  b\n\nc")]
    assert blocks_of("x: one,\n   still one\ny: two") == [Block("list", "x: one, still one\ny: two")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_rooms_are_reached_from_the_cover_from_every_page_and_from_search(language: Language) -> None:
    addresses = {f"/{language}/api/{slug_of(room)}" for room in rooms()}
    assert addresses <= set(Outline(cover_html(language, SITE)).links)
    assert addresses <= set(Outline(page_html(pages(language)[0], SITE)).links)
    found = {one["path"]: one for one in search_index(language)}
    for room in rooms():
        assert found[f"api/{slug_of(room)}"]["title"] == room and brief_of(room)
        for one in room_at(slug_of(room)).names:
            assert found[f"api/{slug_of(room)}#{one.name}"]["title"] == one.name


def test_it_is_served_in_both_languages(browser: Browser) -> None:
    assert "wengu.layers" in browser.get("/en/api/layers").text
    answer = browser.get("/zh/api/vision.convnets")
    assert answer.status == 200 and '<html lang="zh-CN"' in answer.text
    assert browser.get("/en/api/vision.convnets").text != answer.text
    for address in ("/zh/api", "/zh/api/"):
        assert browser.get(address).headers["location"] == "/zh/api/wengu"
    for nothing in ("core", "cli", "vision", "no", "..", "handbook"):
        assert browser.get(f"/en/api/{nothing}").status == 404, nothing


def test_nothing_is_imported_for_it() -> None:
    program = ("import sys; from wengu.handbook.places import rooms; from wengu.handbook.reference import *; "
               "[room_at(slug_of(one)) for one in rooms()]; "
               "print({'torch', 'numpy', 'sklearn', 'wengu.layers'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"
