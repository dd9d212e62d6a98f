"""Operations without a finite value for what they were given: ln 0, a / 0, roots, exponentials."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.inspect.autopsy.case import Case
from pellucid.inspect.autopsy.scene import Scene
from pellucid.inspect.findings import TrainingFinding, spell

TINY = 1e-30
ENDS = {"float32": (88.72, "3.4e38"), "float64": (709.78, "1.8e308")}


def operation(case: Case) -> Iterator[TrainingFinding]:
    """The operation that broke, where its operand alone says why."""
    scene = case.scene
    if scene is None or not scene.operands or scene.terms > 1:
        return
    found = _told(case, scene, [operand.value for operand in scene.operands])
    if found is None:
        return
    kind, title, remedy = found
    made_of = "; ".join(operand.text() for operand in scene.operands)
    yield TrainingFinding(
        kind, "serious", f"{scene.layer} {title}",
        f"{scene.formula}, with {made_of}{_gradient_of(scene)}.",
        remedy, {}, scene.layer, case.step,
        () if case.row is None else (case.row,),
    )  # fmt: skip


def _gradient_of(scene: Scene) -> str:
    return f", in the gradient of {scene.twin}" if scene.twin else ""


def _told(case: Case, scene: Scene, values: list[float]) -> tuple[str, str, str] | None:
    op, backward = scene.operation, scene.role == "backward"
    if op in ("log", "log1p"):
        edge = 0.0 if op == "log" else -1.0
        if values[0] == edge:
            return (
                "log_of_zero",
                "takes the logarithm of 0, which is -infinity.",
                "Keep the logarithm's number above 0: log(maximum(p, 1e-12)). For chances use the "
                "losses that start from logits, cross_entropy's kin, which never take ln 0.",
            )
        if values[0] < edge:
            return (
                "log_of_negative",
                f"takes the logarithm of {spell(values[0])}, a negative number: there is none.",
                "Make the number positive first: of softplus(z), sigmoid(z) or maximum(z, 1e-12).",
            )
    if op == "sqrt" and values[0] < 0:
        return (
            "root_of_negative",
            f"takes the root of {spell(values[0])}, a negative number: there is none.",
            "Make the number positive first: sqrt(maximum(z, 1e-12)), or sqrt(z * z + 1e-12).",
        )
    if op == "divide" and abs(values[1]) < TINY:
        if backward and scene.twin == "sqrt":
            return (
                "slope_of_root",
                "takes the slope of a root at 0, which is infinite: 1 / (2 sqrt(0)).",
                "Keep the root's number above 0: sqrt(z + 1e-12).",
            )
        return (
            "division_by_zero",
            f"divides by {spell(values[1])}.",
            "Keep what is divided by away from 0: a / (b + 1e-12), or a / maximum(b, 1e-12).",
        )
    if op == "power":
        if values[0] == 0 and values[1] < 0:
            if backward:
                return (
                    "slope_of_root",
                    f"takes the slope of x ** {spell(values[1] + 1)} at 0, which is infinite.",
                    "Keep the base above 0: (x + 1e-12) ** b.",
                )
            return (
                "division_by_zero",
                f"takes 0 to the power {spell(values[1])}: it divides by 0.",
                "Keep the base away from 0: (x + 1e-12) ** b.",
            )
        if values[0] < 0 and values[1] != int(values[1]):
            return (
                "power_of_negative",
                f"takes {spell(values[0])} to the power {spell(values[1])}: of a negative number "
                "there is no such power.",
                "Make the base positive first: abs(x) ** b, or maximum(x, 1e-12) ** b.",
            )
    if op == "exp":
        end, largest = ENDS[case.precision]
        if values[0] > end:
            return (
                "exp_overflow",
                f"takes e to the power {spell(values[0])}, beyond the range of {case.precision} "
                f"(it ends at e^{end}, {largest}).",
                "Take an activation that does not grow so fast (softplus), or limit its sum: "
                "exp(minimum(z, 30)). In a loss, work with logarithms.",
            )
    return None
