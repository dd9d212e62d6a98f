"""Lesson 8: linear regression, rolling down a loss surface."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.learn import SGD, Backprop
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.nn.dense import Dense
from pellucid.scene.acts import Edit
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points

SLOPE, INTERCEPT = "dense_1.weight", "dense_1.bias"
SUN = (0.5, 1.0, 1.0, 1.5, 2.5, 3.0, 3.0, 3.5)
WARMER = (-1.3, -1.1, -0.5, -0.8, 0.2, 1.0, 1.4, 1.1)
RATE, BOLD, WILD, NEAR = 0.1, 0.13, 0.2, 0.1


def valley(rate: float, scale: bool = False) -> Scene:
    """Mornings of sun and how much warmer than usual the noon was; a bad line to begin with.

    The targets have mean 0 and deviation 1, so that weight and bias are slope and intercept.
    """
    points = Points(tuple(zip(SUN, WARMER, strict=True)), ("hours of sun",), ())
    start = (Edit(SLOPE, (0, 0), -1.0), Edit(INTERCEPT, (0,), 1.0))
    return Scene(
        points, output=Dense(1), rule=Backprop(SGD(rate)), batch=len(SUN), epochs=1000,
        scale=scale, acts=start,
    )  # fmt: skip


# --- what is computed


def facts() -> Facts:
    """The numbers of the lesson, from benches like those on its stages."""
    bench = Bench(valley(RATE))
    best = np.polyfit(SUN, WARMER, 1)
    first, loss = _place(bench), _loss(bench)
    slopes = bench.network.trace(bench.data.x, bench.data.y, rule=bench.scene.rule)
    by_slope, by_intercept = (float(slopes.gradient(n).reshape(-1)[0]) for n in (SLOPE, INTERCEPT))
    nudged = _at(first[0] + 0.01, first[1])
    bench.learn(1)
    after, lower = _place(bench), _loss(bench)
    bench.learn(1)
    second = _loss(bench)
    bench.learn(198)
    settled, two_hundred = _place(bench), _loss(bench)
    wild = Bench(valley(WILD))
    wild.learn(10)
    round_ = Bench(valley(0.5, scale=True))
    start = _loss(round_)
    round_.learn(1)
    return {
        "count": len(SUN), "sun": SUN[0], "cooler": -WARMER[0],
        "slope": first[0], "intercept": first[1], "loss": loss,
        "best_slope": float(best[0]), "best_intercept": float(best[1]),
        "best_loss": _at(float(best[0]), float(best[1])), "near": NEAR,
        "by_slope": by_slope, "by_intercept": by_intercept,
        "nudge": 0.01, "nudged": nudged, "rise": (nudged - loss) / 0.01,
        "rate": RATE, "next_slope": after[0], "next_intercept": after[1], "next_loss": lower,
        "second_loss": second, "settled_slope": settled[0], "settled_intercept": settled[1],
        "settled_loss": two_hundred, "steps": 200,
        "wild": WILD, "wild_loss": _loss(wild), "wild_steps": 10, "limit": _limit(),
        "round_aligned": _away(valley(0.5, scale=True)), "valley_aligned": _away(valley(RATE)),
        "round_start": start, "round_loss": _loss(round_), "round_rate": 0.5,
        "mean": float(np.mean(SUN)),
        "tenth": _at(first[0] + 0.1, first[1]), "first_fall": loss - lower,
    }  # fmt: skip


def _place(bench: Any) -> tuple[float, float]:
    own = bench.network.parameters
    return float(own[SLOPE][0, 0]), float(own[INTERCEPT][0])


def _away(scene: Scene) -> float:
    """How well the gradient points away from the best line: the cosine between the two."""
    bench = Bench(scene)
    place = np.array(_place(bench))
    slopes = bench.network.trace(bench.data.x, bench.data.y, rule=scene.rule)
    gradient = np.array([float(slopes.gradient(n).reshape(-1)[0]) for n in (SLOPE, INTERCEPT)])
    bench.to_end()
    way = place - np.array(_place(bench))
    return float(way @ gradient / np.linalg.norm(way) / np.linalg.norm(gradient))


def _loss(bench: Any) -> float:
    return float(bench.scores()["loss"])


def _at(slope: float, intercept: float) -> float:
    """The loss at a place, by the engine in float64."""
    network = Bench(valley(RATE)).network.with_parameters(
        {SLOPE: [[slope]], INTERCEPT: [intercept]}
    )
    found = network.trace(np.array(SUN)[:, None], np.array(WARMER))
    return float(found.value("objective"))


def _limit() -> float:
    """The largest rate that comes to rest: 2 divided by the steepest curvature of the bowl."""
    h, zero = 1.0, _at(0.0, 0.0)
    across = (_at(h, 0.0) - 2 * zero + _at(-h, 0.0)) / h**2
    up = (_at(0.0, h) - 2 * zero + _at(0.0, -h)) / h**2
    mixed = (_at(h, h) - _at(h, -h) - _at(-h, h) + _at(-h, -h)) / (4 * h**2)
    return float(2.0 / np.linalg.eigvalsh([[across, mixed], [mixed, up]]).max())


# --- what is done


def _by_hand(bench: Any) -> bool:
    return bench.last == 0 and _loss(bench) < 2 * NEAR


def _drag(bench: Any) -> None:
    best = np.polyfit(SUN, WARMER, 1)
    bench.edit(SLOPE, (0, 0), round(float(best[0]), 1))
    bench.edit(INTERCEPT, (0,), round(float(best[1]), 1))


def _at_bottom(bench: Any) -> bool:
    return bench.step > 0 and _loss(bench) < NEAR


def _roll(bench: Any) -> None:
    bench.restart()
    bench.learn(200)


def _flew_out(bench: Any) -> bool:
    return bench.problem is not None or (bench.step > 0 and _loss(bench) > 100)


def _too_fast(bench: Any) -> None:
    bench.change(rule=Backprop(SGD(WILD)))
    bench.learn(30)


def _zigzag(bench: Any) -> bool:
    """Down at the bottom, by a rate near the limit."""
    rate = float(bench.scene.rule.schedule.rates(0, 1, 1)[0])
    return _at_bottom(bench) and rate > BOLD


def _boldly(bench: Any) -> None:
    bench.restart()
    bench.change(rule=Backprop(SGD(0.15)))
    bench.learn(100)


def _in_one(bench: Any) -> bool:
    return bench.step in (1, 2) and _loss(bench) < NEAR


def _one_step(bench: Any) -> None:
    bench.change(rule=Backprop(SGD(0.5)))
    bench.learn(1)


LESSON = Lesson(
    number=8,
    slug="regression",
    title="Rolling down a hill you cannot see",
    minutes=9,
    goal="You can say what a gradient is, take a step along it, and tell a good rate from a bad.",
    parts=(
        Text(
            """
            For {count} days someone wrote down how many hours the sun shone in the morning, and how
            much warmer (plus) or cooler (minus) than usual it was at noon. After {sun} hours of sun
            it was {cooler} degrees cooler. How warm will it be after two hours?

            A single neuron with one input is a line, $y = slope x + intercept$. How bad is a line?
            Take the miss of each day, square it so that too high and too low both count, and take
            the mean. That is the *loss*. The line below has slope {slope} and intercept {intercept}
            and a loss of {loss:.2f}: more sun, colder noon. It is not a good line.
            """
        ),
        Stage(
            valley(RATE), ("line", "surface"),
            "First the days and the line. Then every line there is: across its slope, up its "
            "intercept, bluer where the loss is lower. The dot is our line.",
            pace=30.0, controls=("play", "weights", "rate", "restart"),
        ),
        Try(
            "Do it by hand first: move slope and intercept until the loss is under {goal}.",
            _by_hand,
            "Turn the line upwards first, then move it down. Or click into the blue of the map.",
            _drag,
        ),
        Text(
            """
            Each place on the map is a line, and the loss is its height. You just walked down a
            valley by looking at it. A network with a million weights stands in a landscape of a
            million directions that nobody can look at. But it can *feel the ground*: which way does
            it go up from here, and how steeply?

            Start again, and nudge the slope by {nudge}: from {slope} to {nudged_slope}. The loss
            goes
            from {loss:.4f} to {nudged:.4f}. That is {rise:.2f} a unit: moving the slope up moves
            the loss down steeply. The engine does not need to nudge. It computes the same by a
            formula, for all weights at once: {by_slope:.2f} for the slope, {by_intercept:.2f} for
            the intercept. These numbers together are the *gradient*. It points uphill, so we go
            the other way:

            $new = old - rate * gradient$

            The *rate* says how far. With a rate of {rate} the first step leads to the slope
            ${slope} - {rate} * ({by_slope:.2f}) = {next_slope:.3f}$.
            """
        ),
        Question(
            "And the intercept after this step? It was {intercept}, its part of the gradient is "
            "{by_intercept:.2f}, the rate is {rate}.",
            lambda facts: facts["next_intercept"],
            "${intercept} - {rate} * ({by_intercept:.2f}) = {next_intercept:.3f}$. The loss falls "
            "from "
            "{loss:.2f} to {next_loss:.2f}.",
            margin=0.003,
            hint="New is old minus rate times gradient. The rate times the gradient first.",
        ),
        Try(
            "Start again and let it roll to the bottom: press play until the loss is under {near}.",
            _at_bottom,
            "Play, and wait for the dot to come to rest. Watch its path on the map.",
            _roll,
        ),
        Text(
            """
            After {steps} steps: slope {settled_slope:.2f}, intercept {settled_intercept:.2f}. The
            best line there is, which for a line can be had from a formula, has {best_slope:.2f} and
            {best_intercept:.2f}. Nobody gave the neuron that formula. It only ever knew which way
            was down.

            Look at the path. It falls into the valley in a few steps (from {loss:.2f} to
            {second_loss:.2f} in two), then turns and creeps along its floor. Steep across, flat
            along: the gradient is large where the valley is narrow, and tiny where the way is long.
            So make bigger steps?
            """
        ),
        Try(
            "Start again with a bolder rate, above {bold}, and reach the bottom still.",
            _zigzag,
            "Move the rate before you press play. The path jumps from wall to wall, and gets "
            "there.",
            _boldly,
        ),
        Try(
            "Now overdo it: find a rate at which the loss explodes.",
            _flew_out,
            "Try {wild}. Each step lands on the other wall, higher than before.",
            _too_fast,
        ),
        Question(
            "At a rate of {wild} each step goes *against* the gradient, downhill. Why does the "
            "loss "
            "rise?",
            lambda facts: 1,
            "The gradient says which way is down *here*, and nothing about how far. Too long a "
            "step "
            "goes down, across the floor, and up the other wall. For this valley the limit is a "
            "rate of {limit:.3f}: two divided by how sharply its steepest side curves.",
            choices=(
                "the gradient is computed wrongly", "the step crosses the valley and lands higher",
                "there is a second valley",
            ),
            hint="Look at the path on the map with a rate of {wild}, one step at a time.",
        ),
        Text(
            """
            The valley is to blame, and the valley comes from the *units*. Hours of sun lie around
            {mean}, far from zero: so whoever turns the slope lifts the whole line as well, and must
            lower the intercept again. Now measure the sun from its mean, in units of its own spread
            (the engine does this unless you forbid it). The same days, the same neuron:
            """
        ),
        Stage(
            valley(RATE, scale=True), ("line", "surface"),
            "The same data, with the input scaled. The valley is a round bowl.",
            pace=5.0, controls=("play", "weights", "rate", "restart"),
        ),
        Try(
            "Find a rate that reaches the bottom of this bowl in *one single step*, or two.",
            _in_one,
            "In a round bowl the gradient points straight away from the middle, so a step against "
            "it leads there. A rate of one half is just far enough.",
            _one_step,
        ),
        Text(
            """
            One step, from {round_start:.2f} to {round_loss:.4f}, at a rate of {round_rate}. Scaling
            the inputs is a line of arithmetic, and it turned a creeping walk of {steps} steps into
            one. Networks with many layers are never that round: that is why so many cleverer ways
            of rolling have been invented. They race in lesson {race}.
            """
        ),
    ),
    facts=lambda: {
        **facts(), "goal": 2 * NEAR, "bold": BOLD, "nudged_slope": -1.0 + 0.01, "race": 12,
    },
    holds=(
        Holds("the gradient is what a nudge says",
              lambda f: abs(f["rise"] - f["by_slope"]) < 0.01 * abs(f["by_slope"])),
        Holds("a step is old minus rate times gradient",
              lambda f: abs(f["slope"] - f["rate"] * f["by_slope"] - f["next_slope"]) < 1e-6
              and abs(f["intercept"] - f["rate"] * f["by_intercept"] - f["next_intercept"]) < 1e-6),
        Holds("gradient descent comes to the best line",
              lambda f: abs(f["settled_slope"] - f["best_slope"]) < 0.02
              and abs(f["settled_intercept"] - f["best_intercept"]) < 0.03),
        Holds("it falls steeply at first, and creeps later",
              lambda f: f["first_fall"] > 10 * (f["second_loss"] - f["settled_loss"]) / f["steps"]),
        Holds("the bold rate is below the limit, the wild one above",
              lambda f: 0.15 < f["limit"] < f["wild"] and f["wild_loss"] > f["loss"]),
        Holds("scaled, one step at a rate of a half is enough",
              lambda f: f["round_loss"] < 1.001 * f["best_loss"] < f["round_start"]),
        Holds("scaled, the gradient points straight away from the middle",
              lambda f: f["round_aligned"] > 1 - 1e-6 and f["valley_aligned"] < 0.95),
        Holds("the best line goes up with the sun", lambda f: f["best_slope"] > 0 > f["slope"]),
    ),
)  # fmt: skip
