"""Lesson 12: gradient descent's family raced, and the learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.learn import SGD, AdaGrad, Adam, Backprop, Rule
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.lessons.regression import valley
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench
from pellucid.scene.racing import last_race, raced
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample

GOAL, MOST, QUICK, EPOCHS = 0.1, 400, 40, 10
MOONS = Scene(
    Sample("moons"), hidden=(Dense(8, "tanh"),), rule=Backprop(SGD(0.1)), batch=20, epochs=EPOCHS
)
FAMILY: Mapping[str, Rule] = {
    "SGD": Backprop(SGD(0.1)), "momentum": Backprop(SGD(0.1, momentum=0.9)),
    "AdaGrad": Backprop(AdaGrad(0.1)), "Adam": Backprop(Adam(0.1)),
}  # fmt: skip
RATES = (0.001, 0.01, 0.1, 1.0, 10.0)


# --- what is computed


def facts() -> Facts:
    """Steps to the bottom of the valley by rule; the races on the moons."""
    family = raced(Bench(MOONS), FAMILY, EPOCHS).rows()
    adams = {f"{rate:g}": Backprop(Adam(rate)) for rate in RATES}
    by_rate = {row["rule"]: row["loss"] for row in raced(Bench(MOONS), adams, EPOCHS).rows()}
    ends = {row["rule"]: row["loss"] for row in family}
    wild = Bench(replace(valley(0.2)))
    wild.learn(10)
    return {
        "goal": GOAL, "quick": QUICK,
        "sgd": _steps(SGD(0.1)), "sgd_rate": 0.1,
        "momentum": _steps(SGD(0.05, momentum=0.9)), "momentum_rate": 0.05, "kept": 0.9,
        "adagrad": _steps(AdaGrad(1.0)), "adagrad_rate": 1.0,
        "adam": _steps(Adam(0.25)), "adam_rate": 0.25, "adam_small": _steps(Adam(0.1)),
        "wild_loss": wild.scores()["loss"], "wild": 0.2,
        "epochs": EPOCHS, "winner": family[0]["rule"], "last": family[-1]["rule"],
        "winner_loss": family[0]["loss"], "last_loss": family[-1]["loss"], "ends": ends,
        "tiny": RATES[0], "tiny_loss": by_rate[f"{RATES[0]:g}"], "usual": 0.01,
        "usual_loss": by_rate["0.01"], "good": 0.1, "good_loss": by_rate["0.1"],
        "huge": RATES[-1], "huge_loss": by_rate[f"{RATES[-1]:g}"],
        "coin": float(np.log(2.0)), "old": 2.0, "slope": 3.0, "keep": 0.9,
        "velocity": 0.9 * 2.0 + 3.0, "far": 1 / (1 - 0.9), "even": _even_steps(),
    }  # fmt: skip


def _steps(optimizer: Any) -> int:
    """The steps that a rule takes to the bottom of the valley; the most, if it does not."""
    bench = Bench(replace(valley(0.1), rule=Backprop(optimizer)))
    while bench.step < MOST and bench.scores()["loss"] >= GOAL:
        bench.learn(1)
    return bench.step


def _even_steps() -> float:
    """How much the first steps of Adam differ between slope and intercept, as a ratio."""
    bench = Bench(replace(valley(0.1), rule=Backprop(Adam(0.1))))
    before = {name: value.copy() for name, value in bench.network.parameters.items()}
    bench.learn(1)
    moves = [
        abs(float((value - before[name]).reshape(-1)[0]))
        for name, value in bench.network.parameters.items()
    ]
    return max(moves) / min(moves)


# --- what is done


def _optimizer(bench: Any) -> Any:
    return bench.scene.rule.optimizer


def _there(bench: Any) -> bool:
    return bool(bench.step > 0 and bench.scores()["loss"] < GOAL)


def _plainly(bench: Any) -> bool:
    own = _optimizer(bench)
    return _there(bench) and isinstance(own, SGD) and not own.momentum


def _roll(bench: Any) -> None:
    bench.learn(100)


def _quickly(bench: Any) -> bool:
    own = _optimizer(bench)
    return _there(bench) and bench.step <= QUICK and not (isinstance(own, SGD) and not own.momentum)


def _sprint(bench: Any) -> None:
    bench.restart()
    bench.change(rule=Backprop(SGD(0.05, momentum=0.9)))
    bench.learn(40)


def _raced_family(bench: Any) -> bool:
    found = last_race(bench)
    makers = {_kind(run) for run in found.runs.values()} if found is not None else set()
    return len(makers) >= 4


def _kind(run: Any) -> str:
    own = run.settings.rule.optimizer
    return "momentum" if getattr(own, "momentum", 0.0) else type(own).__name__


def _race_family(bench: Any) -> None:
    raced(bench, FAMILY, EPOCHS)


def _sgd_wins(bench: Any) -> bool:
    found = last_race(bench)
    if found is None:
        return False
    first = found.runs[found.rows()[0]["rule"]]
    others = {_kind(run) for run in found.runs.values()}
    return _kind(first) == "SGD" and "Adam" in others


def _cheat(bench: Any) -> None:
    raced(bench, {"SGD": Backprop(SGD(1.0)), "Adam": Backprop(Adam(0.001))}, EPOCHS)


LESSON = Lesson(
    number=12,
    slug="optimizers",
    title="The great downhill race",
    minutes=9,
    goal="You can say what momentum, AdaGrad and Adam do with a gradient, and choose a rate.",
    parts=(
        Text(
            """
            Remember the valley of lesson {valley}: steep walls, a long flat floor. Plain gradient
            descent fell in and then crept. Every step was as long as the gradient times the rate,
            and on the floor the gradient is tiny. With a rate of {sgd_rate} it took {sgd} steps to
            a
            loss under {goal}. With a rate of {wild} it flew out of the valley ({wild_loss:,.0f}
            after ten steps).

            Is there a rule that is quick on the floor and calm on the walls? People have looked for
            one for sixty years. Here are their three best ideas.
            """
        ),
        Stage(
            valley(0.1), ("surface", "curves"),
            "The valley. Across: the slope of the line; up: its intercept; blue: a small loss.",
            pace=30.0, controls=("play", "rate", "rule", "restart"),
        ),
        Try(
            "First the old way: roll to a loss under {goal} with plain SGD. Remember the number of "
            "steps.",
            _plainly,
            "Press play and wait.",
            _roll,
        ),
        Text(
            """
            *Momentum.* A ball does not forget how fast it was. Keep a share of the last step, and
            add the new gradient to it:

            $v = share * v + gradient$ and then $new = old - rate * v$

            On the walls the gradient turns round at each step, and the steps cancel. On the floor
            it
            always says the same, and the steps add up: with a share of {keep} up to {far:.0f} times
            as far.
            """
        ),
        Question(
            "The last step's v was {old:.0f}, the gradient now is {slope:.0f}, the share kept is "
            "{keep}. What is the new v?",
            lambda facts: facts["velocity"],
            "${keep} * {old:.0f} + {slope:.0f} = {velocity:.1f}$. The gradient alone would have "
            "given "
            "{slope:.0f}: the ball is faster than the slope.",
            margin=0.001,
            hint="The share times the old v, and the gradient added.",
        ),
        Text(
            """
            *AdaGrad.* Give each weight a rate of its own. Add up the squares of all its gradients
            so
            far, and divide by the root of that. Who was shouting all the time is heard with a
            smaller weight; who rarely spoke, with a larger one. (It never forgets, so its steps
            only
            get smaller.)

            *Adam.* Both at once: a running mean of the gradient, as in momentum, divided by the
            root
            of a running mean of its square. What is left is mostly the *direction*. In the first
            step every weight moves by the same length, the rate, however steep its slope: for the
            valley the ratio of the two moves is {even:.3f}.
            """
        ),
        Try(
            "Start again, choose another rule, and be there in at most {quick} steps.",
            _quickly,
            "Momentum (it keeps {kept}) with a rate of {momentum_rate}, or Adam with a rate of "
            "{adam_rate}. Start again each time: the steps are counted from the start.",
            _sprint,
        ),
        Text(
            """
            What we got: plain SGD {sgd} steps; momentum ({kept}, rate {momentum_rate}) {momentum};
            AdaGrad (rate {adagrad_rate:.0f}) {adagrad}; Adam (rate {adam_rate}) {adam}. But Adam
            with a rate of {adam_small_rate} needs {adam_small}, just as many as the old way. Which
            is the best *rule* is a question that nobody can answer without saying: at which *rate*?

            And a valley of two weights is a toy. Now a network on two moons. All runners start with
            the *same* weights and see the *same* samples in the *same* batches; only the rule
            differs. That is the only fair race there is.
            """
        ),
        Stage(
            MOONS, ("race", "boundary"),
            "Each curve is a copy of the network that learns by another rule.",
            pace=None, controls=("restart",),
        ),
        Try(
            "Race all four: SGD, momentum, AdaGrad and Adam.",
            _raced_family,
            "Tick the four rules and press *Race*.",
            _race_family,
        ),
        Text(
            """
            With a rate of {good} for all, after {epochs} epochs, {winner} leads with a loss of
            {winner_loss:.3f} and {last} is last with {last_loss:.3f}. Beautiful, and unfair: the
            same rate does not mean the same thing to different rules. Watch.
            """
        ),
        Try(
            "Be a bad scientist: choose rates so that plain SGD *beats* Adam.",
            _sgd_wins,
            "Give SGD a large rate and Adam a tiny one, and race again.",
            _cheat,
        ),
        Question(
            "Adam on the moons, {epochs} epochs each. At a rate of {tiny} it ends at "
            "{tiny_loss:.2f}, at {usual} at {usual_loss:.2f}, at {good} at {good_loss:.2f}. Where "
            "does it end at a rate of {huge:.0f}? (Saying one half to everything gives "
            "{coin:.2f}.)",
            lambda facts: 2,
            "At {huge_loss:.1f}, far worse than that: where it is wrong it is quite sure. Too "
            "small only costs time; too large destroys.",
            choices=(
                "lower still", "about the same", "worse than saying one half to everything",
            ),
            hint="What happened in the valley when the steps were too large?",
        ),
        Text(
            """
            What people do: take Adam or momentum, try rates that differ by a factor of ten, keep
            the
            largest that does not shake, and let the rate fall towards the end of the training.
            `net.find_rate` tries them for you, and `net.race` is what you have just used. And when
            someone tells you that their rule beats all others, ask them which rates the others had.
            """
        ),
    ),
    facts=lambda: {**facts(), "valley": 8, "adam_small_rate": 0.1},
    holds=(
        Holds("momentum and Adam are quicker than plain SGD in the valley",
              lambda f: max(f["momentum"], f["adam"]) <= f["quick"] < f["sgd"]),
        Holds("AdaGrad is as well", lambda f: f["adagrad"] < f["sgd"]),
        Holds("Adam at a lower rate is no quicker than plain SGD",
              lambda f: abs(f["adam_small"] - f["sgd"]) <= 3),
        Holds("plain SGD flies out at a rate of two tenths", lambda f: f["wild_loss"] > 100),
        Holds("Adam's first steps are of one length", lambda f: abs(f["even"] - 1) < 1e-3),
        Holds("at the same rate Adam leads and SGD is last",
              lambda f: f["winner"] == "Adam" and f["last"] == "SGD"),
        Holds("for Adam more is better up to a tenth, and ten destroys",
              lambda f: f["tiny_loss"] > f["usual_loss"] > f["good_loss"]
              and f["huge_loss"] > f["coin"]),
    ),
)  # fmt: skip
