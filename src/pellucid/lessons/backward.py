"""Lesson 11: back-propagation by hand, on the network of the lesson before."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import numpy as np

from pellucid.lessons.forward import EVENINGS, WEIGHTS, answer_of, lake, section
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.scene.acts import Learn
from pellucid.scene.bench import Bench

RATE, GOAL, NUDGE = 1.0, 0.01, 0.01
FAR, NEAR = "dense_1.weight", "dense_2.weight"


# --- what is computed


def facts() -> Facts:
    """A step on the first evening, worked out by ``explain``, and the same by nudging."""
    bench = Bench(lake(1, RATE))
    x, y, rule = bench.data.x, bench.data.y, bench.scene.rule
    made = bench.network.explain(x, y, rule=rule)
    trace = bench.network.trace(x, y, rule=rule)
    answer, last = (float(trace.value(name).reshape(-1)[0]) for name in ("output", "dense_2.z"))
    hidden = trace.value("dense_1.y")[0].tolist()
    loss = float(trace.value("objective"))
    gradient = {name: trace.gradient(name) for name in WEIGHTS}
    nudged = np.array(WEIGHTS[FAR])
    nudged[0, 0] += NUDGE
    moved = bench.network.with_parameters({FAR: nudged}).trace(x, y, rule=rule)
    moved_loss = float(moved.value("objective"))
    before = answer_of(bench, 0)
    bench.learn(1)
    after = {name: np.array(value) for name, value in bench.network.parameters.items()}
    stepped, lower = answer_of(bench, 0), bench.scores()["loss"]
    bench.learn(99)
    by_output, slope = 2 * (answer - 1), answer * (1 - answer)
    four = Bench(lake(4, RATE))
    four.learn(2000)
    return {
        "sun": EVENINGS[0][0], "rain": EVENINGS[0][1], "answer": answer, "loss": loss,
        "last": last, "target": 1, "rate": RATE,
        "loss_text": section(made, "Loss: squared error"),
        "first_text": section(
            made, "Backward: dense_2, unit 0", "Slope of the loss by this output"
        ),
        "second_text": section(made, "Backward: dense_2, unit 0", "Slope of the activation"),
        "third_text": section(
            made, "Backward: dense_2, unit 0", "Slope by the weighted sum: chain rule"
        ),
        "weight_text": section(made, "Backward: dense_2, unit 0", "dense_2.weight[0,0]"),
        "hidden_text": section(made, "Backward: dense_1, unit 0"),
        "update_text": section(made, "Update: w' = w - step", "dense_2.weight[0,0]"),
        "by_output": by_output, "slope": slope, "delta": by_output * slope,
        "pleasant": hidden[0], "muddy": hidden[1],
        "by_near": float(gradient[NEAR][0, 0]), "by_muddy": float(gradient[NEAR][1, 0]),
        "by_bias": float(gradient["dense_2.bias"][0]), "by_far": float(gradient[FAR][0, 0]),
        "near": WEIGHTS[NEAR][0][0], "muddy_weight": WEIGHTS[NEAR][1][0],
        "next_near": float(after[NEAR][0, 0]), "next_muddy": float(after[NEAR][1, 0]),
        "far": WEIGHTS[FAR][0][0], "nudge": NUDGE, "nudged": WEIGHTS[FAR][0][0] + NUDGE,
        "moved_loss": moved_loss, "rise": (moved_loss - loss) / NUDGE,
        "before": before, "stepped": stepped, "lower": lower, "goal": GOAL,
        "hundred": answer_of(bench, 0), "steps": 100,
        "back_pleasant": float(np.asarray(trace.slope("dense_1.y"))[0, 0]),
        "slope_pleasant": hidden[0] * (1 - hidden[0]),
        "four_loss": four.scores()["loss"], "evenings": len(EVENINGS), "long": 2000,
        "four_right": sum((answer_of(four, k) > 0.5) == (EVENINGS[k][2] > 0.5) for k in range(4)),
    }  # fmt: skip


# --- what is done


def _nudged(bench: Any) -> bool:
    """Whether one weight of the first layer alone was moved a little."""
    own, first = bench.network.parameters, WEIGHTS
    moved = np.abs(own[FAR] - np.array(first[FAR]))
    others = [np.abs(own[name] - np.array(first[name])).max() for name in first if name != FAR]
    alone = (moved > 1e-6).sum() == 1 and max(others) < 1e-6
    return bool(alone and 0.005 < moved.max() < 0.021)


def _nudge(bench: Any) -> None:
    bench.edit(FAR, (0, 0), WEIGHTS[FAR][0][0] + NUDGE)


def _one_step(bench: Any) -> bool:
    """Whether one step was taken from the weights as they were."""
    return [type(act) for act in bench.played().acts[9:]] == [Learn] and bench.step == 1


def _step(bench: Any) -> None:
    bench.restart()
    bench.learn(1)


def _sure(bench: Any) -> bool:
    return bool(bench.step > 1 and bench.scores()["loss"] < GOAL)


def _on(bench: Any) -> None:
    bench.restart()
    bench.learn(100)


def _all_four(bench: Any) -> bool:
    hopes = [evening[2] for evening in EVENINGS]
    return all(abs(answer_of(bench, k) - hope) < 0.2 for k, hope in enumerate(hopes))


LESSON = Lesson(
    number=11,
    slug="backward",
    title="Whose fault was it? Back-propagation by hand",
    minutes=10,
    goal="You can follow an error back through a network and say what each weight has to change.",
    parts=(
        Text(
            cleandoc("""
            Mia *did* go to the lake. The network of the last lesson had said {answer:.4f}, and one
            would have been right. So it was wrong by a bit. Whose fault was that, the output's? The
            mud's? And who must change, by how much?

            The answer is one rule of school mathematics, used again and again. If a change of A
            makes B change twice as much, and a change of B makes C change three times as much, then
            a change of A makes C change *two times three* times as much. Slopes along a chain are
            multiplied. That is the chain rule, and there is nothing else in back-propagation.

            How wrong is it? As before: the miss, squared.

                {loss_text}
            """)
        ),
        Stage(
            lake(1, RATE), ("network", "steps"),
            "The network, the evening, and the step that it is about to take.",
            pace=5.0, controls=("play", "weights", "restart"),
        ),
        Text(
            cleandoc("""
            *First link.* If the answer o rises a little, how does the loss change? A square has the
            slope two times what is squared.

                {first_text}

            Below zero: the loss falls as the answer rises. It should rise. *Second link.* The
            answer
            comes out of a sigmoid. How does it change with the sum that went in?

                {second_text}

            *Multiply.* This is how the loss changes with the sum of the output unit:

                {third_text}

            Everything else is made of this number. It is the *blame* of the unit.
            """)
        ),
        Question(
            "The bias of the output is added to its sum as it is: if the bias rises by one, so "
            "does "
            "the sum. What is the slope of the loss by this bias?",
            lambda facts: facts["by_bias"],
            "The blame times one: {by_bias:.6f}. A bias gets the blame of its unit, whole.",
            margin=0.0006,
            hint="It is one more link of the chain, with a slope of one.",
        ),
        Text(
            cleandoc("""
            *Third link.* A weight is multiplied by what comes in. The weight of *pleasant* met an
            input of {pleasant}. So when this weight rises by one, the sum rises by {pleasant}.

                {weight_text}

            Three links: how the loss looks at the answer, how the answer looks at the sum, how the
            sum looks at the weight.
            """)
        ),
        Question(
            "Now the other weight, from *muddy*. The blame of the output unit is {delta:.6f}, and "
            "*muddy* said {muddy:.6f}. What is the slope of the loss by this weight?",
            lambda facts: facts["by_muddy"],
            "${delta:.6f} * {muddy:.6f} = {by_muddy:.6f}$. More than that of *pleasant*: who spoke "
            "louder has a larger share in the mistake.",
            margin=0.0006,
            hint="Blame times what came in.",
        ),
        Text(
            cleandoc("""
            And the hidden units? They did not answer, they were only heard. *Pleasant* was heard
            with a weight of {near:.0f}, so it is blamed {near:.0f} times as much as the output's
            sum was. Then the same two links again: its own slope, and its inputs.

                {hidden_text}

            That is the whole secret. The blame runs *backwards* along the same lines on which the
            numbers came, through the same weights. It is worked out once for each unit and used for
            all lines that end there: so all slopes together cost about as much as two answers, be
            it
            for nine weights or for nine billion.
            """)
        ),
        Try(
            "Do not believe it, check it. Start again, move the weight from *sun* to *pleasant* "
            "from "
            "{far} to {nudged}, and look at the loss.",
            _nudged,
            "Click the left hidden unit, and type the weight from sun in the table that opens.",
            _nudge,
        ),
        Text(
            cleandoc("""
            The loss went from {loss:.6f} to {moved_loss:.6f}. Divided by the {nudge} that you moved
            it: {rise:.4f}. The chain said {by_far:.4f}. (The rest is the curve: a smaller nudge
            comes closer.) With nine weights you would have to nudge nine times.

            Last, the step. Each weight moves against its slope, times the rate, which is
            {rate:.0f}:

                {update_text}
            """)
        ),
        Question(
            "What does the weight from *muddy* become? It was {muddy_weight:.0f}, its slope is "
            "{by_muddy:.6f}, the rate is {rate:.0f}.",
            lambda facts: facts["next_muddy"],
            "${muddy_weight:.0f} - ({by_muddy:.6f}) = {next_muddy:.6f}$. Mud counts less against "
            "going than it did: she went in spite of it.",
            margin=0.0006,
            hint="Old minus rate times slope, and minus a minus is a plus.",
        ),
        Try(
            "Start again and take exactly one step. All nine weights and biases move at once.",
            _one_step,
            "The button beside play takes one step.",
            _step,
        ),
        Text(
            """
            From {before:.4f} to {stepped:.4f}, where one would be right; the loss from {loss:.4f}
            to {lower:.4f}. One step, and the gradient was right only where it began: now everything
            is computed anew, forward, backward, step.
            """
        ),
        Try(
            "Go on until the loss is under {goal}.",
            _sure,
            "Press play.",
            _on,
        ),
        Text(
            """
            After {steps} steps it says {hundred:.3f} for that evening. But it knows one evening
            only. With all {evenings}, each evening blames in its own way, and a step follows the
            mean of what they say.
            """
        ),
        Stage(
            lake(4, RATE), ("network", "curves"),
            "The same network, and four evenings: two at the lake, two at home.",
            pace=None, controls=("play", "rows", "weights", "restart"),
        ),
        Try(
            "Let it learn until it is right about all four evenings, by two tenths at most.",
            _all_four,
            "Press play, and give it a few hundred steps. Choose each evening and look.",
            lambda bench: bench.learn(2000),
        ),
        Question(
            "The blame of a hidden unit is the output's blame, times the weight between them, "
            "times "
            "the unit's own slope. When can *no* blame reach a unit?",
            lambda facts: 1,
            "If a factor of a product is zero, all of it is. So a unit that nobody listens to, or "
            "one that stands on a flat piece of its activation (a dead relu of the last but one "
            "lesson), learns nothing.",
            choices=(
                "when the answer was far off", "when that weight or that slope is zero",
                "when its inputs are large",
            ),
            hint="What makes a product of three numbers zero?",
        ),
    ),
    facts=facts,
    holds=(
        Holds("the chain gives what the engine has, link by link",
              lambda f: abs(f["delta"] - f["by_bias"]) < 1e-12
              and abs(f["delta"] * f["pleasant"] - f["by_near"]) < 1e-12
              and abs(f["delta"] * f["muddy"] - f["by_muddy"]) < 1e-12
              and abs(f["delta"] * f["near"] * f["slope_pleasant"] * f["sun"] - f["by_far"])
              < 1e-12),
        Holds("the blame of pleasant is that of the output times the weight",
              lambda f: abs(f["delta"] * f["near"] - f["back_pleasant"]) < 1e-12),
        Holds("explain prints the same digits",
              lambda f: f"{f['by_muddy']:.6f}" == "-0.127594" and "= -0.174533" in f["third_text"]
              and "= -0.0872667" in f["weight_text"] and "= 2.08727" in f["update_text"]),
        Holds("the nudge agrees with the chain",
              lambda f: abs(f["rise"] - f["by_far"]) < 0.01 * abs(f["by_far"])),
        Holds("the step is old minus rate times slope",
              lambda f: abs(f["near"] - f["rate"] * f["by_near"] - f["next_near"]) < 1e-6
              and abs(f["muddy_weight"] - f["rate"] * f["by_muddy"] - f["next_muddy"]) < 1e-6),
        Holds("the step makes the answer better",
              lambda f: f["before"] < f["stepped"] < 1 and f["lower"] < f["loss"]),
        Holds("who spoke louder has the larger share",
              lambda f: abs(f["by_muddy"]) > abs(f["by_near"]) and f["muddy"] > f["pleasant"]),
        Holds("after a hundred steps it is nearly sure", lambda f: f["hundred"] > 0.9),
        Holds("all four evenings can be learned", lambda f: f["four_right"] == f["evenings"]),
    ),
)  # fmt: skip
