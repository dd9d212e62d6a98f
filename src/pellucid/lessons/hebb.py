"""Lesson 6: Hebb's rule, its runaway, Oja's cure, and what it finds without any answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.learn.local import Hebb, Oja
from pellucid.lessons.asked import give, near, unit
from pellucid.lessons.asked import unit_of as read
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.models.formula import number
from pellucid.models.neuron import Neuron
from pellucid.nn.dense import Dense
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points

SENSES = ("flash", "thunder", "sun", "dog")
MOMENTS = ((1, 1, -1, 1), (1, 1, -1, -1), (-1, -1, 1, 1), (-1, -1, 1, -1))
RATE = 0.1
START = (0.1, 0.0, 0.0, 0.0)
HUGE = 100.0
QUIET = (1.0, -1.0, 0.0, 0.0)
BIG = 6.0
STORM = Scene(
    Points(tuple((*map(float, row), 0.0) for row in MOMENTS), SENSES, ()),
    output=Dense(1, bias=False), rule=Hebb(RATE), epochs=40, scale=False, acts=unit(START, None),
)  # fmt: skip
CALM = replace(STORM, rule=Oja(RATE), epochs=80)
PEOPLE = 40
QUIZ = Neuron([0.3], bias=-1.7)


def _people() -> Points:
    """Height and reach of some people, in tens of centimetres from the average."""
    rng = np.random.default_rng(7)
    size, rest = rng.normal(0, 1.0, PEOPLE), rng.normal(0, 0.25, (PEOPLE, 2))
    both = np.column_stack([0.8 * size, size]) + rest
    rows = np.round(both - both.mean(axis=0), 2)
    return Points(tuple((x1, x2, 0.0) for x1, x2 in rows.tolist()), ("height", "reach"), ())


CLOUD = Scene(
    _people(), output=Dense(1, bias=False), rule=Oja(RATE), epochs=120, scale=False,
    acts=unit((0.3, -0.2), None),
)  # fmt: skip


def facts() -> Facts:
    """The first steps by number, the runaway, and what is found."""
    from pellucid.scene.bench import Bench

    storm = Bench(STORM)
    x = np.array(MOMENTS, float)
    answer = float(storm.outputs(x)["dense_1"][0, 0])
    storm.learn(1)
    first = read(storm)[0]
    storm.learn(9)
    tenth = read(storm)[0]
    storm.to_end()
    calm = Bench(CALM)
    calm.to_end()
    settled = read(calm)[0]
    quiet, loud = Bench(CALM), Bench(CALM)
    give(quiet, QUIET, None)
    give(loud, (BIG, 0.0, 0.0, 0.0), None)
    quiet.to_end()
    loud.to_end()
    turned = Bench(CALM)
    give(turned, (-0.1, 0.0, 0.0, 0.0), None)
    turned.to_end()
    cloud = Bench(CLOUD)
    cloud.to_end()
    (w1, w2), _ = read(cloud)
    points = np.array(CLOUD.source.rows)[:, :2]  # type: ignore[attr-defined]
    quiz = QUIZ.learn([[-1.0]], Hebb(RATE), epochs=1)
    return {
        "on": 1,
        "off": -1,
        "zero": 0,
        "rate": RATE,
        "start": START[0],
        "answer": answer,
        "flash_first": first[0],
        "thunder_first": first[1],
        "sun_first": first[2],
        "dog_first": first[3],
        "tenth": tenth,
        "thunder_tenth": tenth[1],
        "sun_tenth": tenth[2],
        "dog_tenth": tenth[3],
        "ten": 10,
        "huge": HUGE,
        "last_step": storm.step,
        "runaway": read(storm)[0],
        "runaway_largest": max(map(abs, read(storm)[0])),
        "settled": settled,
        "shown": ", ".join(number(round(w, 2) + 0.0) for w in settled),
        "length": float(np.linalg.norm(settled)),
        "quiet": ", ".join(map(number, QUIET)),
        "quiet_end": read(quiet)[0],
        "big": BIG,
        "loud": max(map(abs, read(loud)[0])),
        "turned": read(turned)[0],
        "people": PEOPLE,
        "w1": w1,
        "w2": w2,
        "share": float((points @ [w1, w2]).var() / points.var(axis=0).sum()),
        "aligned": abs(float(np.array([w1, w2]) @ _main_direction(points))),
        "quiz_w": QUIZ.weights[0],
        "quiz_x": -1,
        "quiz_y": QUIZ([-1.0]),
        "quiz_after": quiz.neuron.weights[0],
        "quiz_product": QUIZ([-1.0]) * -1.0,
    }


def _main_direction(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The first principal component, by NumPy."""
    return np.asarray(np.linalg.eigh(np.cov(points.T))[1][:, -1])


def _looked(bench: Any) -> bool:
    return bool(bench.step >= 5)


def _ran_away(bench: Any) -> bool:
    return max(map(abs, read(bench)[0])) > HUGE


def _of_length_one(bench: Any) -> bool:
    return bench.step > 0 and near(float(np.linalg.norm(read(bench)[0])), 1.0, 0.01)


def _turned_over(bench: Any) -> bool:
    return _of_length_one(bench) and read(bench)[0][0] < -0.4


def _turn(bench: Any) -> None:
    give(bench, (-0.1, 0.0, 0.0, 0.0), None)
    bench.to_end()


def _found(bench: Any) -> bool:
    points = np.asarray(bench.data.x, float)
    weights = np.array(read(bench)[0])
    return _of_length_one(bench) and abs(float(weights @ _main_direction(points))) > 0.995


PARTS = (
    Text("""
Lightning, then thunder. Lightning, then thunder. After a few storms you flinch at the flash alone.
No teacher told you "thunder was the right answer". The two just came together, often enough.

In the nineteen-forties Donald Hebb guessed how nerve cells could do that: where one cell helps to
make another one fire, the connection between them becomes stronger. It has been put in four words:
*fire together, wire together*. As a rule for a weight, with x for what goes in and y for the
neuron's own answer:

$w + rate x y$

All of it is in the *sign* of the product.

- x and y both positive: the product is positive, and the weight grows.
- Both negative: minus times minus is plus, and the weight grows as well. To be quiet together is
  being together, too.
- One positive, one negative: the product is negative, and the weight falls.

There is no wanted answer in it anywhere. Here is a neuron in the weather. It notices four things,
each {on} when it is there and {off} when it is not: a flash, thunder, sunshine, and a dog that
barks whenever it likes. It begins with a little weight, {start:g}, on the flash, and with {zero} on
all else. What will become of the other three?
"""),
    Stage(
        STORM, ("network", "weights", "data"),
        "Four moments of weather, and a neuron with no threshold that obeys Hebb's rule. Each step "
        "takes the mean over the four.",
        pace=2.0,
        controls=("step", "play", "restart", "weights"),
        code='''from pellucid import Neuron
from pellucid.learn import Hebb

#         flash thunder sun dog
moments = [[1, 1, -1, 1], [1, 1, -1, -1], [-1, -1, 1, 1], [-1, -1, 1, -1]]
start = Neuron([0.1, 0.0, 0.0, 0.0])
print(start.learn(moments, Hebb(0.1), epochs=10).neuron)''',
    ),
    Try(
        "Take five steps, one at a time. Which weights rise, which falls, and which stays?",
        _looked,
        "Press step five times and look at the curves of the four weights.",
        lambda bench: bench.learn(5),
    ),
    Text("""
The first step by hand. At a flash the neuron answers {answer:g}, for that is all the weight it has.
Thunder is there as well, so its product is positive; with no flash both are negative, and the
product is positive again. The mean is {answer:g}, the rate is {rate:g}: the weight of thunder
becomes {thunder_first:g}. Sunshine is always the opposite: {sun_first:g}. And the dog? Half of the
time it barks with the storm and half of the time against it, and the products cancel:
{dog_first:g}.

After {ten} steps thunder has {thunder_tenth:.2f}, the sun {sun_tenth:.2f} and the dog
{dog_tenth:.2f}. The neuron has found out what belongs together, what excludes each other, and what
has nothing to do with it. Nobody told it what to look for. Thunder alone would now make it answer
as if there had been a flash.

But look at how the curves bend.
"""),
    Try(
        "Play until a weight is above {huge:g}.",
        _ran_away,
        "Just play. It is slow at first, and then it is not.",
        lambda bench: bench.to_end(),
    ),
    Text("""
After {last_step} steps the largest weight is {runaway_largest:,.0f}. A larger weight makes a larger
answer; a larger answer makes a larger product; that makes a larger weight. Nothing in the rule ever
says "enough". Each step multiplies what is there, and so it *runs away*, as money with compound
interest would, if only.

A real cell cannot grow without end, and neither should ours. Erkki Oja found a cure that is as
small as the fault: with each step, *forget* a little, and the more the louder the answer is.

$w + rate y (x - y w)$

The first part is Hebb's. The second takes away in proportion to the weight itself. While weights
are small it is next to nothing; as they grow it grows faster than they do. Somewhere the two must
balance. Where?
"""),
    Stage(
        CALM, ("network", "weights", "data"),
        "The same weather, the same start, with Oja's rule.",
        pace=5.0,
        controls=("step", "play", "restart", "weights"),
        code='''from pellucid.learn import Oja

print(start.learn(moments, Oja(0.1), epochs=80).neuron)''',
    ),
    Try(
        "Play until the weights have come to rest. Then square them and add the squares up. What "
        "do you get?",
        _of_length_one,
        "Play to the end. The weights are {shown}.",
        lambda bench: bench.to_end(),
    ),
    Text("""
You get {on}: the weights, taken as an arrow, end with a length of {length:.2f}. They are {shown}.
Three senses are given the same weight, since they tell the same story, one of them with its sign
turned round; the dog is ignored.

Do they always end so? From nearly every small start. But a neuron that answers {zero} to all four
moments learns nothing: one with all weights at {zero}, or one that begins with {quiet}, stays as
it is. And a first weight of {big:g} is too much for a rate of {rate:g}: the very first steps
overshoot, and it runs away after all.
"""),
    Try(
        "Start again, but give the flash a *negative* weight before you play. What comes of it?",
        _turned_over,
        "Restart, drag the weight of the flash below {zero}, and play until it rests.",
        _turn,
    ),
    Text("""
All signs turn round, and nothing else: now the neuron is for fair weather. It still found what
belongs together. Which of two opposites to call positive is a matter of taste.

One last thing, and it is useful. Take {people} people, and measure how tall they are and how far
they can reach, both as so many tens of centimetres above the average, or below it. The two go
together, but not strictly. What does this neuron find?
"""),
    Stage(
        CLOUD, ("boundary", "weights"),
        "Each dot is a person. The neuron's answer is the same along each line across the arrow of "
        "its weights.",
        pace=10.0,
        controls=("step", "play", "restart"),
    ),
    Try(
        "Play, and watch the direction turn until it lies along the cloud.",
        _found,
        "It has come to rest when the curves of the two weights are level.",
        lambda bench: bench.to_end(),
    ),
    Text("""
It ends with the weights {w1:.2f} and {w2:.2f}: the direction in which people differ the most. You
could call it "size". This one number, in place of two, keeps {share:.0%} of the differences between
them. In statistics it is called the *first principal component*, and much work goes into computing
it. Here, a rule so simple that a cell could follow it finds it by itself. (With several neurons,
and a rule by Terence Sanger that gives each what those before it have left over, you get the second
direction, the third, and so on.)

So there are two ways to learn. From mistakes, with a teacher who knows what is wanted. And from
what comes together, with no teacher at all. In the next lesson, Hebb's rule will build a memory.
"""),
    Question(
        "A weight is {quiz_w:g}. The input is {quiz_x}, the neuron's answer {quiz_y:g}, the rate "
        "is {rate:g}. What is the weight after one step of Hebb's rule?",
        lambda facts: facts["quiz_after"],
        "The product of {quiz_x} and {quiz_y:g} is {quiz_product:g}: both are negative, so the "
        "weight grows, by {rate:g} times that, from {quiz_w:g} to {quiz_after:g}.",
        hint="Multiply the input by the answer; mind the two signs. Then take the rate's share of "
        "it, and add.",
    ),
    Question(
        "Why do the weights run away under Hebb's rule?",
        lambda facts: 0,
        "It feeds itself: larger weight, larger answer, larger step. A small rate only puts it "
        "off.",
        choices=(
            "A larger weight makes a larger answer, and that a larger step",
            "The learning rate was too large",
            "There were too few examples",
        ),
        hint="What does the size of a step depend on?",
    ),
)  # fmt: skip

LESSON = Lesson(
    6, "hebb", "Fire together, wire together", 10,
    "You can say what a neuron learns when nobody tells it what is right, and why it must forget.",
    PARTS,
    facts,
    (
        Holds(
            "the first step by hand",
            lambda f: near(f["thunder_first"], RATE * f["start"], 1e-6)
            and near(f["sun_first"], -RATE * f["start"], 1e-6)
            and near(f["flash_first"], f["start"] * (1 + RATE), 1e-6),
        ),
        Holds("the dog's weight stays", lambda f: near(f["dog_first"], 0, 1e-7)),
        Holds(
            "after ten steps thunder is positive, the sun negative, the dog nothing",
            lambda f: f["thunder_tenth"] > 0.2
            and f["sun_tenth"] < -0.2
            and near(f["dog_tenth"], 0, 1e-5),
        ),
        Holds("nothing holds them back", lambda f: f["runaway_largest"] > f["huge"]),
        Holds("a small rate only puts it off", lambda f: _runs_away_slowly()),
        Holds("Oja's weights have length one", lambda f: near(f["length"], 1.0, 1e-4)),
        Holds("from nearly every small start", lambda f: _ends_at_one()),
        Holds(
            "but what answers nothing stays as it is",
            lambda f: np.allclose(f["quiet_end"], QUIET, atol=1e-6)
            and not _after((0.0,) * 4).any(),
        ),
        Holds("and too large a start runs away", lambda f: not f["loud"] <= f["huge"]),
        Holds(
            "three senses count the same, the dog not at all",
            lambda f: near(f["settled"][0], f["settled"][1], 1e-3)
            and near(f["settled"][0], -f["settled"][2], 1e-3)
            and near(f["settled"][3], 0, 1e-3),
        ),
        Holds(
            "from a negative start all signs are turned",
            lambda f: np.allclose(f["turned"], -np.array(f["settled"]), atol=1e-3),
        ),
        Holds("it finds the first principal component", lambda f: near(f["aligned"], 1.0, 1e-3)),
        Holds("which keeps most of the differences", lambda f: f["share"] > 0.9),
        Holds("the quiz's neuron answers so", lambda f: near(f["quiz_y"], -2.0, 1e-9)),
    ),
)  # fmt: skip


def _runs_away_slowly() -> bool:
    start = Neuron(START)
    slow = start.learn(np.array(MOMENTS, float), Hebb(RATE / 10), epochs=400)
    return max(map(abs, slow.neuron.weights)) > HUGE


def _after(start: Sequence[float]) -> np.ndarray[Any, Any]:
    """The weights that Oja's rule ends with, from any start."""
    calm = Neuron(tuple(start)).learn(np.array(MOMENTS, float), Oja(RATE), epochs=CALM.epochs)
    return np.array(calm.neuron.weights)


def _ends_at_one() -> bool:
    """Whether a dozen random starts of length one or less end with length one."""
    starts = np.random.default_rng(0).normal(size=(12, 4))
    starts *= np.linspace(0.1, 1.0, 12)[:, None] / np.linalg.norm(starts, axis=1, keepdims=True)
    return all(near(float(np.linalg.norm(_after(one))), 1.0, 1e-3) for one in starts.tolist())
