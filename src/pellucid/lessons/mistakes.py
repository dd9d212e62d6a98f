"""Lesson 4: a neuron learns from its mistakes, by the perceptron rule and by the delta rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.learn.local import Delta, Perceptron
from pellucid.lessons.asked import CORNERS, gate, near, outputs
from pellucid.lessons.asked import unit_of as read
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.models.formula import number
from pellucid.models.neuron import Neuron
from pellucid.nn.activations import step
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.scene.acts import Edit, Learn
from pellucid.scene.scene import Scene

AND = (0, 0, 0, 1)
BLANK = Scene(
    gate(AND), output=Dense(1, activation=step(0.5), weight_init="zeros"), loss=SquaredError(),
    rule=Perceptron(), epochs=20, scale=False, seed=2,
)  # fmt: skip
GENTLE = Scene(
    gate(AND), output=Dense(1, weight_init="zeros"), loss=SquaredError(), rule=Delta(0.1),
    epochs=400, scale=False,
)  # fmt: skip
SPOILT = -2.0
"""What is written over a weight, to see it mended."""


def facts() -> Facts:
    """What both rules do, step by step."""
    from pellucid.scene.bench import Bench

    bench = Bench(BLANK)
    bench.to_end()
    log = bench.log
    weights, bias = read(bench)
    mended = Bench(BLANK)
    mended.to_end()
    mended.edit("dense_1.weight", (0, 0), SPOILT)
    wrong = mended.scores()["accuracy"]
    mended.more()
    mended.to_end()
    gentle = Bench(GENTLE)
    gentle.learn(1)
    first = read(gentle)
    gentle.learn(29)
    early = gentle.scores()
    gentle.to_end()
    return {
        "off": 0,
        "on": 1,
        "half": 0.5,
        "first_step": log[0]["step"],
        "first": _told(log[0]),
        "first_corner": _corner(log[0]),
        "second": _told(log[1]),
        "second_corner": _corner(log[1]),
        "second_error": _error(log[1]),
        "lines": "\n    ".join(_line(row) for row in log),
        "count": len(log),
        "last_step": log[-1]["step"],
        "steps": bench.step,
        "accuracy": bench.scores()["accuracy"],
        "learned": Neuron(weights, bias, step(0.5)),
        "learned_sum": Neuron(weights, bias).formulas()[0],
        "untouched": _untouched(log),
        "spoilt": SPOILT,
        "spoilt_accuracy": wrong,
        "mended_accuracy": mended.scores()["accuracy"],
        "gentle_first": first,
        "gentle_rate": 0.1,
        "early_step": 30,
        "early_loss": early["loss"],
        "early_accuracy": early["accuracy"],
        "gentle": read(gentle),
        "gentle_z": [round(float(z), 2) for z in outputs(gentle)],
        "gentle_loss": gentle.scores()["loss"],
        "low_loss": 0.07,
        "quiz_before": (1, 0),
        "quiz_bias": 0,
        "quiz_after": _quiz(),
    }  # fmt: skip


def _quiz() -> tuple[float, float]:
    """Weights (1, 0) and bias 0 at the sample (1, 1), which should stay silent."""
    start = Neuron([1.0, 0.0], 0.0, step(0.5))
    learned = start.learn([([1, 1], 0)], Perceptron(), epochs=1).neuron
    return learned.weights[0], learned.weights[1]


def _corner(row: Mapping[str, Any]) -> str:
    x1, x2 = CORNERS[row["sample"]]
    return f"x1 = {x1}, x2 = {x2}"


def _error(row: Mapping[str, Any]) -> int:
    return int(row["wanted"][0] - row["got"][0])


def _numbers(row: Mapping[str, Any], when: str) -> tuple[list[float], float]:
    return [w[0] for w in row[f"weights_{when}"]], row[f"bias_{when}"][0]


def _told(row: Mapping[str, Any]) -> dict[str, str]:
    """A mistake, piece by piece, for a sentence."""
    weights, bias = _numbers(row, "after")
    return {
        "wanted": number(row["wanted"][0]),
        "got": number(row["got"][0]),
        "error": number(_error(row)),
        "weights": " and ".join(map(number, weights)),
        "bias": number(bias),
    }


def _line(row: Mapping[str, Any]) -> str:
    """A mistake in a line: what was seen, wanted and got, and what became of the numbers."""
    x1, x2 = CORNERS[row["sample"]]
    weights, bias = _numbers(row, "after")
    w1, w2 = map(number, weights)
    return (
        f"step {row['step']:>2}   x1 = {x1}  x2 = {x2}   error {_error(row):>2}   "
        f"now w1 = {w1:>2}  w2 = {w2:>2}  b = {number(bias):>2}"
    )


def _untouched(log: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no weight ever changed whose input was off."""
    return all(
        before == after
        for row in log
        for x, before, after in zip(
            CORNERS[row["sample"]], _numbers(row, "before")[0], _numbers(row, "after")[0],
            strict=True,
        )
        if x == 0
    )  # fmt: skip


def _made_a_mistake(bench: Any) -> bool:
    return len(bench.log) > 0


def _all_right(bench: Any) -> bool:
    return bool(bench.step > 0 and bench.scores()["accuracy"] == 1.0)


def _mended(bench: Any) -> bool:
    """Whether a weight was spoilt by hand, and learning put all right again."""
    kinds = [type(act) for act in bench.played().acts]
    return Edit in kinds and Learn in kinds[kinds.index(Edit) :] and _all_right(bench)


def _spoil_and_mend(bench: Any) -> None:
    bench.edit("dense_1.weight", (0, 0), SPOILT)
    bench.learn(60)


def _settled(bench: Any) -> bool:
    return bool(bench.scores()["loss"] < 0.07)


PARTS = (
    Text("""
So far it was you who found the numbers. Nobody could do that for a network with a million of them.
Can a neuron find its own?

Take one that knows nothing: both weights {off}, bias {off}. It fires where its weighted sum reaches
{half:g}. It is to become an AND, but nobody tells it how. It is only shown examples, one at a time,
in no particular order: two inputs, and the answer that is wanted, the *target*. It gives its
own answer. Then it compares.

- Was the answer right? Then *change nothing*. Never mend what works.
- Was it wrong? Then take the *error*, target minus answer, and add it to the bias, and to the
  weight of each input that was on.

That is all. As a formula, with y for its own answer: each weight becomes $w + (target - y) x$, and
the bias becomes $b + (target - y)$. Frank Rosenblatt thought of it in the nineteen-fifties and
called his machine the *perceptron*; its weights were knobs turned by motors.

Before you press a key: what will be its first mistake?
"""),
    Stage(
        BLANK, ("mistakes", "boundary", "network", "truth"),
        "A blank neuron and the four examples of AND. Each step shows it one of them; each mistake "
        "is written down, with the numbers before and after.",
        pace=2.0,
        controls=("step", "play", "restart", "weights"),
        code='''from pellucid import Neuron, Perceptron, gates, step

blank = Neuron([0.0, 0.0], activation=step(0.5))
learned = blank.learn(gates.AND.truth_table(), Perceptron())
print(learned)
for mistake in learned.log:
    print(mistake)''',
    ),
    Try(
        "Go step by step until it makes its first mistake.",
        _made_a_mistake,
        "With all numbers at {off} it never fires, and in three rows of four that is what is "
        "wanted. Step until the fourth one comes up.",
        lambda bench: bench.learn(4),
    ),
    Text("""
A neuron of nothing but zeros never fires, and for three of the four examples that is right. In step
{first_step} it is shown {first_corner}: target {first[wanted]}, answer {first[got]}. The error is
{first[error]}. Both inputs were on, so both weights rise by {first[error]}, and so does the bias.
Now they are {first[weights]}, and the bias is {first[bias]}.

It has overdone it. With these numbers it fires at everything. Soon it is shown {second_corner} and
fires where it should be silent: the error is {second[error]}. And now look closely. The bias goes
down, and so does the weight of the input that was on. The *other* weight stays. Its input was off;
it had no part in the mistake. The rule is fair: it blames only those who spoke up.
"""),
    Try(
        "Play on, until all four answers are right. How many mistakes did it take?",
        _all_right,
        "Just play. It stops making mistakes soon, and then nothing changes any more.",
        lambda bench: bench.to_end(),
    ),
    Text("""
Here is its whole education, mistake by mistake:

    {lines}

It took {count} mistakes, the last in step {last_step} of {steps}. Read the lines from top to
bottom, and you see it overshoot, take back, overshoot less. Since then it sits at $ {learned_sum}
$, answers all four right, and *cannot change any more*: without a mistake there is nothing to learn
from.

These are not the numbers of the vault, {given}, and yet it is as good an AND. There are endlessly
many borders that keep one corner apart from the three others; it stops at the first that it
stumbles over.

Is it luck that it ends at all? No. It can be *proved*: if there is any straight border that gives
the right answers, this rule finds one after a limited number of mistakes. So it cannot be spoilt
for good.
"""),
    Try(
        "Spoil it: write {spoilt:g} over one of its weights. Then play, and watch it mend itself.",
        _mended,
        "Change a weight by hand, then go on playing until all four answers are right again.",
        _spoil_and_mend,
    ),
    Text("""
The rule has one weakness. A hair's breadth right and perfectly right are the same to it, and so are
a near miss and a blunder. It looks at the answer, never at the sum behind it.

The *delta rule*, found by Bernard Widrow and Ted Hoff a little later, looks at the sum. How far is
z from the target? A little off, a little change; far off, a large one:

$w + rate (target - z) x$

The *learning rate*, here {gentle_rate:g}, keeps the steps small. Each step looks at all four
examples and takes the mean of what they ask for.
"""),
    Stage(
        GENTLE, ("curves", "boundary", "truth"),
        "The same task with the delta rule. The curve is the loss: the mean of the squared errors, "
        "so that far off counts more.",
        pace=30.0,
        controls=("step", "play", "restart"),
        code='''from pellucid.learn import Delta

gentle = Neuron([0.0, 0.0]).learn(gates.AND.truth_table(), Delta(0.1), epochs=400)
print(gentle)''',
    ),
    Try(
        "Play until the loss is below {low_loss:g}. When are all four answers right: then, or "
        "before?",
        _settled,
        "The table says which are right: an answer of {half:g} or more counts as {on}.",
        lambda bench: bench.to_end(),
    ),
    Text("""
After {early_step} steps all four were right, and it went on all the same. It ends with the weights
{gentle[0][0]:.2f} and {gentle[0][1]:.2f} and the bias {gentle[1]:.2f}; that puts the border fairly
in the middle between the corners, not just anywhere. The loss does not reach zero: it stays at
{gentle_loss:.4f}, for no plane goes exactly through {off}, {off}, {off} and {on}. Instead of a
perfect answer, this rule finds the *best compromise*.

Keep that in mind: measure how wrong you are, and take a small step to where it is less. From this
one idea grows all that larger networks do.
"""),
    Question(
        "A neuron has the weights {quiz_before[0]} and {quiz_before[1]} and the bias {quiz_bias}. "
        "It is shown x1 = {on}, x2 = {on}; it fires, but the target is {off}. By the perceptron "
        "rule, what is its second weight now?",
        lambda facts: facts["quiz_after"][1],
        "The error is target minus answer, {off} minus {on}. It is added to the weight of each "
        "input that was on, so the second goes from {quiz_before[1]} to {quiz_after[1]:g}, and "
        "the first from {quiz_before[0]} to {quiz_after[0]:g}.",
        hint="First the error: target minus answer. Mind the sign. Then add it to the second "
        "weight, for its input was on.",
    ),
    Question(
        "The neuron is shown an example and answers right, if only just. What does the perceptron "
        "rule change?",
        lambda facts: 2,
        "Nothing: the error is {off}, and {off} is what is added. It is the delta rule that would "
        "still move a little.",
        choices=("The bias", "The weights of the inputs that were on", "Nothing"),
        hint="What is the error when the answer is right?",
    ),
)  # fmt: skip


def _with_given() -> Facts:
    from pellucid.models.gates import AND as BY_HAND

    weights = " and ".join(map(number, BY_HAND.weights))
    return {**facts(), "given": f"{weights} with a bias of {number(BY_HAND.bias)}"}


LESSON = Lesson(
    4, "mistakes", "Learning from mistakes", 10,
    "You can do each step by hand that a neuron takes when it learns from its mistakes.",
    PARTS,
    _with_given,
    (
        Holds("the first mistake is where it should fire", lambda f: f["first"]["error"] == "1"),
        Holds("before it nothing changed", lambda f: f["first_step"] > 1),
        Holds("then it fires at everything", lambda f: _fires_everywhere(f)),
        Holds("the second mistake is one too many", lambda f: f["second_error"] == -1),
        Holds("no weight changes whose input is off", lambda f: f["untouched"]),
        Holds("in the end all four are right", lambda f: f["accuracy"] == 1.0),
        Holds(
            "the learned neuron is an AND",
            lambda f: f["learned"].truth_table().answers == (0, 0, 0, 1),
        ),
        Holds("its last mistake is long before the end", lambda f: f["last_step"] < f["steps"] / 2),
        Holds(
            "what was spoilt is mended",
            lambda f: f["spoilt_accuracy"] < 1.0 == f["mended_accuracy"],
        ),
        Holds("the delta rule has them right early", lambda f: f["early_accuracy"] == 1.0),
        Holds("and goes on", lambda f: f["gentle_loss"] < f["early_loss"]),
        Holds("its first step is the mean of four", lambda f: _is_mean(f)),
        Holds(
            "it ends at the least squares",
            lambda f: all(near(w, 0.5, 0.01) for w in f["gentle"][0])
            and near(f["gentle"][1], -0.25, 0.01),
        ),
        Holds("the loss does not reach zero", lambda f: 0.06 < f["gentle_loss"] < f["low_loss"]),
    ),
)  # fmt: skip


def _fires_everywhere(facts: Facts) -> bool:
    w1, w2 = map(float, facts["first"]["weights"].split(" and "))
    made = Neuron([w1, w2], float(facts["first"]["bias"]), step(0.5))
    return made.truth_table().answers == (1, 1, 1, 1)


def _is_mean(facts: Facts) -> bool:
    """By hand: z is 0 everywhere, and the only error 1, at the corner; 0.1 times a fourth of it."""
    (w1, w2), bias = facts["gentle_first"]
    return all(near(value, 0.1 * 1 / 4, 1e-6) for value in (w1, w2, bias))
