"""Lesson 7: a memory that completes what it saw."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.memory import ModernHopfield, critical_load, drawn
from pellucid.scene.memory_bench import MemoryBench
from pellucid.scene.memory_scene import MemoryScene, Picture, as_picture

PANELS = ("memory",)
DAMAGE = 0.2


def _picture(text: str) -> Picture:
    return as_picture(drawn(text.replace(" ", "\n")))


HEART = _picture(
    ".......... .###..###. ########## ########## ########## .########. ..######.. ...####... "
    "....##.... .........."
)
FACE = _picture(
    ".########. ##......## #........# #.##..##.# #.##..##.# #........# #.#....#.# #..####..# "
    "##......## .########."
)
KEY = _picture(
    ".......... .####..... ##..##.... #....#.... #....##### ##..##.#.# .####..#.# .......... "
    ".......... .........."
)
BOAT = _picture(
    "....#..... ....##.... ....###... ....####.. ....#####. ....#..... ########## .########. "
    "..######.. .........."
)
HOUSE = _picture(
    "....##.... ...####... ..######.. .########. ########## .#......#. .#.##.###. .#.##.###. "
    ".#.##...#. .########."
)
TREE = _picture(
    "....##.... ...####... ..######.. ....##.... ...####... ..######.. .########. ########## "
    "....##.... ....##...."
)
THREE = MemoryScene((10, 10), (HEART, FACE, KEY), HEART)
EMPTY = MemoryScene((10, 10))
ALIKE = MemoryScene((10, 10), (TREE, BOAT, HOUSE, KEY), TREE)


# --- what is computed


def _is_attention() -> bool:
    """Whether a step is softmax(beta q K^T) V, with the stored patterns as keys and as values."""
    rng, beta = np.random.default_rng(0), 0.7
    patterns, state = rng.normal(size=(5, 8)), rng.normal(size=(3, 8))
    alike = np.exp(beta * state @ patterns.T)
    step = ModernHopfield(beta=beta, steps=1).fit(patterns).predict(state)
    return bool(np.allclose(step, alike / alike.sum(axis=1, keepdims=True) @ patterns))


def facts() -> Facts:
    """All numbers of the lesson, from benches like those on its stages."""
    bench = MemoryBench(THREE)
    whole = bench.energy
    bench.damage(DAMAGE, seed=1)
    damaged, wrong = bench.energy, int((bench.state != bench.patterns[0]).sum())
    bench.settle()
    falls = np.diff(bench.energies)
    back, turns = str(bench.name()), bench.step
    bench.cover(0.5)
    bench.settle()
    completed = str(bench.name())
    bench.invert()
    reverse = bench.energy
    full = MemoryBench(ALIKE)
    full.cover(0.5)
    full.settle()
    failed = full.name()
    full.change(rule="storkey")
    full.show(0)
    full.cover(0.5)
    full.settle()
    units = bench.units
    eyes = [int(picture[3][3] * picture[3][5]) for picture in THREE.patterns]
    return {
        "units": units, "weights": units * (units - 1) // 2, "stored": len(THREE.patterns),
        "whole": whole, "damaged": damaged, "share": DAMAGE, "wrong": wrong, "turns": turns,
        "changes": int((falls < 0).sum()), "largest_rise": float(falls.max()), "back": back,
        "completed": completed, "reverse": reverse, "failed": failed.kind if failed else "",
        "storkey": str(full.name()), "critical": critical_load(),
        "fit": int(critical_load() * units), "alike": len(ALIKE.patterns),
        "agreements": eyes.count(1), "differences": eyes.count(-1),
        "eyes": sum(eyes) / units, "eyes_engine": float(bench.weights[33, 35]),
        "tree_boat": float(np.mean(np.array(TREE) * np.array(BOAT))),
        "heart_face": float(np.mean(np.array(HEART) * np.array(FACE))),
    }  # fmt: skip


# --- what is done


def _is_back(bench: Any) -> bool:
    """Whether a stored picture is on the grid, and came there from another one."""
    name = bench.name()
    return name is not None and name.kind == "pattern" and bool((bench.drawn != bench.state).any())


def _damaged_is_back(bench: Any) -> bool:
    return _is_back(bench) and bool(bench.drawn.all())


def _covered_is_back(bench: Any) -> bool:
    return _is_back(bench) and not bench.drawn.all()


def _repair(bench: Any) -> None:
    bench.show(0)
    bench.damage(DAMAGE, seed=1)
    bench.settle()


def _complete(bench: Any) -> None:
    bench.show(0)
    bench.cover(0.5)
    bench.settle()


def _reversed(bench: Any) -> bool:
    name = bench.name()
    return name is not None and name.kind == "reversed" and bench.is_over


def _reverse(bench: Any) -> None:
    bench.show(0)
    bench.invert()
    bench.settle()


def _has_own(bench: Any) -> bool:
    return any(len({cell for row in picture for cell in row}) == 2 for picture in bench.patterns)


def _store_own(bench: Any) -> None:
    for place in range(10):
        bench.draw((place, place), 1, goes_on=place > 0)
        bench.draw((place, 9 - place), 1, goes_on=True)
    bench.store()


def _recall_own(bench: Any) -> None:
    _store_own(bench)
    bench.damage(DAMAGE, seed=2)
    bench.settle()


def _tree_is_back(bench: Any) -> bool:
    return _covered_is_back(bench) and bool((bench.state == np.array(TREE)).all())


def _by_another_rule(bench: Any) -> None:
    bench.change(rule="storkey")
    _complete(bench)


LESSON = Lesson(
    number=7,
    slug="memory",
    title="A memory that completes what it saw",
    minutes=10,
    goal="You can say how pictures are kept in connections, and why a damaged one rolls back.",
    parts=(
        Text(
            """
            Three notes of a song, and the rest comes by itself. The corner of a photograph, and
            you know the face. A computer's memory asks *where* something is kept. Yours asks
            *what it is like*. Here is a network that remembers in your way.

            It has no layers. Each of the {units} cells of the grid below is a unit, and each is
            joined with each other: {weights:,} connections. A cell is on (plus one) or off (minus
            one), and nothing else.

            To keep a picture we use the rule of the last lesson, fire together, wire together. Two
            cells that are *alike* in the picture get a little more weight between them, two that
            *differ* a little less:

            $w_ij = (x_i x_j, added up over the pictures) / {units}$

            That is all that is stored. There is no list of pictures anywhere: {stored} pictures lie
            in the same {weights:,} numbers, on top of each other.
            """
        ),
        Stage(
            THREE, PANELS,
            "A heart on the grid; a heart, a face and a key in the memory. Draw with the mouse, a "
            "finger, or the arrow keys and the space bar.",
            pace=30.0,
        ),
        Text(
            """
            To remember, the cells take turns, in a random order. Each one listens to all others:
            it adds up their states, each times the weight between them, and takes the *sign* of
            that sum. A cell that is wrong is outvoted by the many that are right.
            """
        ),
        Try(
            "Damage the heart, then let the memory repair it.",
            _damaged_is_back,
            "Press *Damage*, then *Recall*. Or scribble over the heart by hand, but not too much.",
            _repair,
        ),
        Try(
            "Cover the lower half of a picture, and let the memory guess what is under it.",
            _covered_is_back,
            "Choose a stored picture, press *Cover half*, then *Recall*.",
            _complete,
        ),
        Text(
            """
            With {share:.0%} of the cells turned, {wrong} of {units} were wrong in our own try, and
            after {turns} turns the heart was back, cell for cell. Only {changes} of these turns
            changed anything. Nobody told the network what a heart is.

            Why does it always come to rest? Look at the curve of the energy. Each state has an
            *energy*: low where cells agree with the weights between them, high where they do not.

            $E = - (w_ij s_i s_j, added up over all pairs)$

            A cell that takes the sign of its sum can only make more agreements, so the energy
            never rises. Think of a landscape with hollows: each stored picture lies at the bottom
            of one, the damaged heart on its slope, and every turn is a step downhill. The heart
            lies at {whole:.1f}; damaged it began at {damaged:.1f}.
            """
        ),
        Question(
            "Look at two cells of the three pictures: row {eye_row}, columns {eye_left} and "
            "{eye_right}, counted from zero (an eye of the face, and a cell between its eyes). In "
            "how many of the {stored} pictures are the two alike, in how many do they differ? So "
            "what is the weight between them?",
            lambda facts: facts["eyes"],
            "Alike in {agreements}, different in {differences}. So the weight is "
            "$({agreements} - {differences}) / {units} = {eyes:.2f}$, and that is what the engine "
            "has. Below zero: the two tell each other *be unlike me*.",
            margin=0.0005,
            hint="Plus one for each picture in which they are alike, minus one for each in which "
            "they differ, and then divide by {units}.",
        ),
        Text(
            """
            A landscape made like this has hollows that nobody dug. Turn *every* cell of the heart
            into its opposite. Each pair of cells is as alike as before, so no weight can tell the
            difference.
            """
        ),
        Try(
            "Find the memory that was never stored: a picture reversed, at rest.",
            _reversed,
            "Choose the heart, press *Reverse*, then *Recall*, and see that nothing moves.",
            _reverse,
        ),
        Question(
            "The heart has the energy {whole:.1f}. What is the energy of the reversed heart?",
            lambda facts: 0,
            "It is {reverse:.1f}: in $s_i s_j$ both signs turn, and minus times minus is plus.",
            choices=("the same", "the same with a plus", "zero"),
            hint="Both cells of a pair change their sign. What happens to their product?",
        ),
        Text("Now yours. This memory is empty: all its weights are zero."),
        Stage(
            EMPTY, PANELS, "An empty grid and an empty memory.", pace=30.0
        ),
        Try(
            "Draw something, and store it.",
            _has_own,
            "Draw on the grid, then press *Store*. Simple and bold is best.",
            _store_own,
        ),
        Try(
            "Damage your picture, and get it back.",
            _is_back,
            "Press *Damage*, then *Recall*. Click a cell with *Weights* on to see whom it listens "
            "to.",
            _recall_own,
        ),
        Text(
            """
            How much fits? Of pictures that are pure noise, about {critical:.3f} for each cell,
            which here would be {fit}. Real pictures are worse, because they are *alike*. A tree, a
            boat, a house: all have a peak in the middle and air in the corners. As a number, where
            one means the same, zero no
            more alike than by chance, and minus one the reverse: heart and face {heart_face:.2f},
            tree and boat {tree_boat:.2f}. Then their hollows run into each other, and you fall into
            one that is neither.
            """
        ),
        Stage(
            ALIKE, PANELS, "A tree, a boat, a house and a key, stored by Hebb's rule.", pace=30.0
        ),
        Try(
            "Cover half of the tree, and see it fail. Then find a rule of storing that can do it.",
            _tree_is_back,
            "Choose another rule under *Stored by*: Storkey's stores only what the pictures before "
            "do not say already. Then cover the tree and recall again.",
            _by_another_rule,
        ),
        Question(
            "What did the network recall when it failed?",
            lambda facts: 1,
            "A hollow that is none of the {alike} pictures. A memory of this kind does not say *I "
            "do not know*: it always comes to rest somewhere, as sure of itself as ever.",
            choices=(
                "one of the other stored pictures", "something that was never stored",
                "nothing: it never came to rest",
            ),
            hint="Cover the tree with Hebb's rule once more, and compare with the four pictures.",
        ),
        Text(
            """
            John Hopfield wrote this down in the year {year}, and had the Nobel Prize for it in
            {prize}. In {shown} it was shown that one step of a newer memory of this kind is the
            same formula as the attention inside today's language models, which had been found
            without it. The pages about memory have both.
            """
        ),
    ),
    facts=lambda: {
        **facts(), "eye_row": 3, "eye_left": 3, "eye_right": 5, "year": 1982, "prize": 2024,
        "shown": 2020,
    },
    holds=(
        Holds("a heart with a fifth of its cells turned comes back",
              lambda f: f["back"] == "pattern 0" and f["wrong"] == f["share"] * f["units"]),
        Holds("half a heart is completed", lambda f: f["completed"] == "pattern 0"),
        Holds("the energy never rises", lambda f: f["largest_rise"] <= 1e-12),
        Holds("the damaged heart lies higher than the whole one",
              lambda f: f["damaged"] > f["whole"]),
        Holds("few of the turns changed anything", lambda f: f["changes"] < f["turns"] / 2),
        Holds("the reverse has the same energy",
              lambda f: abs(f["reverse"] - f["whole"]) < 1e-9),
        Holds("the weight between the eyes is counted right",
              lambda f: abs(f["eyes"] - f["eyes_engine"]) < 1e-12),
        Holds("pictures that are alike are mixed up by Hebb's rule",
              lambda f: f["failed"] in ("mixture", "other")),
        Holds("and not by Storkey's", lambda f: f["storkey"] == "pattern 0"),
        Holds("tree and boat are more alike than heart and face",
              lambda f: abs(f["tree_boat"]) > abs(f["heart_face"])),
        Holds("a step of the newer memory is attention", lambda f: _is_attention()),
        Holds("three pictures are kept, far fewer than fit of noise",
              lambda f: f["stored"] < f["fit"]),
    ),
)  # fmt: skip
