"""The network view's reckoning, under node: places, lines, what lies under the pointer, edits."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

# ruff: noqa: RUF001 - the page writes true minus signs
STATIC = Path(__file__).parents[2] / "src/pellucid/studio/static"
BEGIN = """
import "./js/texts/all.js";
import {revive, numbers, terms, short, isKnockedOut, largest} from "./js/network/read.js";
import {layout, neighbour, end, formOf} from "./js/network/layout.js";
import {linesInto, linesOf, strongest, pick, along} from "./js/network/lines.js";
import {dragged, nudged, rounded, typed, stepOf, newestWins} from "./js/network/edit.js";
import {parsed, signed, inkOn} from "./js/network/colours.js";
import {spotFor} from "./js/network/spot.js";
import {formula, labelOf, percent} from "./js/network/words.js";
function net(...sizes) {
  const stages = sizes.map((count, place) => {
    const before = sizes[place - 1];
    const weight = (k) => ((k * 7919) % 201 - 100) / 50;
    const isInside = place && place < sizes.length - 1;
    const stage = {name: place ? `dense_${place}` : "inputs", kind: place ? "dense" : "inputs",
      shape: [count], activations: Array.from({length: count}, (_, k) => k - 1),
      labels: isInside ? [] : Array.from({length: count}, (_, k) => `n${k}`)};
    if (!place) return stage;
    const weights = Array.from({length: before}, (_, i) =>
      Array.from({length: count}, (_, j) => weight(i * count + j + 1)));
    return {...stage, weights, weight: "w", bias: "b", biases: Array(count).fill(0.5),
      sums: Array.from({length: count}, (_, j) =>
        0.5 + weights.reduce((sum, row, i) => sum + row[j] * (i - 1), 0))};
  });
  return revive({revision: 1, step: 0, stages, scores: [0.25, 0.75]});
}
const say = (value) => console.log(JSON.stringify(value));
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Any:
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")
    folder = tmp_path_factory.mktemp("static")
    shutil.copytree(STATIC / "js", folder / "js")
    (folder / "package.json").write_text('{"type": "module"}')

    def run(script: str) -> Any:
        path = folder / "script.js"
        path.write_text(BEGIN + script, encoding="utf-8")
        done = subprocess.run([program, str(path)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


SIZES = "[[2, 1], [4, 8, 3], [30, 16, 8, 2], [64, 200, 300, 10], [13, 3]]"


@pytest.mark.parametrize("width", [358, 520, 800, 1340])
def test_no_unit_lies_off_the_sheet_or_upon_another(node: Any, width: int) -> None:
    found = node(f"""say({SIZES}.map((sizes) => {{
      const whole = layout(net(...sizes).stages, {width});
      return [whole.width, whole.height, whole.groups.flatMap((group) => group.units)];
    }}))""")
    for wide, tall, units in found:
        boxes = [
            (u["x"] - u["wide"] / 2, u["y"] - u["tall"] / 2, u["wide"], u["tall"]) for u in units
        ]
        for x, y, w, h in boxes:
            assert x >= 0 and y >= 0 and x + w <= wide + 1e-6 and y + h <= tall + 1e-6
        for k, (x, y, w, h) in enumerate(boxes):
            for x2, y2, w2, h2 in boxes[k + 1 :]:
                apart = x + w <= x2 + 1e-6 or x2 + w2 <= x + 1e-6
                assert apart or y + h <= y2 + 1e-6 or y2 + h2 <= y + 1e-6


def test_a_narrow_sheet_is_never_wider_than_its_room_and_runs_down(node: Any) -> None:
    found = node(f"""say({SIZES}.map((sizes) => {{
      const whole = layout(net(...sizes).stages, 358);
      return [whole.width, whole.narrow, whole.groups.map((group) => group.top)];
    }}))""")
    for wide, narrow, tops in found:
        assert wide == 358 and narrow is True and tops == sorted(tops)


def test_what_is_not_drawn_is_counted(node: Any) -> None:
    found = node("say([1340, 358].map((w) => layout(net(4, 300, 2).stages, w).groups[1].more))")
    assert found == [300 - 256, 300 - 128]


def test_each_weight_is_a_line_from_unit_to_unit(node: Any) -> None:
    lines, places = node("""
      const {stages} = net(3, 4, 2), whole = layout(stages, 1000);
      const lines = linesInto(stages, whole, 1);
      say([lines, whole.groups.slice(0, 2).map((group) => group.units)]);""")
    assert list(zip(lines["from"], lines["to"], strict=True)) == [
        (i, j) for i in range(3) for j in range(4)
    ]
    for k, (i, j) in enumerate(zip(lines["from"], lines["to"], strict=True)):
        x1, y1, x2, y2 = lines["ends"][4 * k : 4 * k + 4]
        assert x1 == places[0][i]["x"] + places[0][i]["wide"] / 2 and y1 == places[0][i]["y"]
        assert x2 == places[1][j]["x"] - places[1][j]["wide"] / 2 and y2 == places[1][j]["y"]


def test_of_too_many_lines_the_strongest_of_each_unit_are_drawn(node: Any) -> None:
    found, weights = node("""
      const {stages} = net(100, 200, 2), whole = layout(stages, 1340);
      const lines = linesInto(stages, whole, 1);
      say([[lines.from, lines.to], Array.from(stages[1].weights.data)]);""")
    assert len(found[0]) == 200 * 12
    for unit in (0, 77, 199):
        own = [abs(weights[i * 200 + unit]) for i in range(100)]
        drawn = [own[i] for i, j in zip(*found, strict=True) if j == unit]
        assert sorted(drawn) == sorted(own)[-12:]


def test_a_unit_has_its_lines_in_and_out(node: Any) -> None:
    found = node("""
      const {stages} = net(3, 4, 2), whole = layout(stages, 1000);
      say(linesOf(stages, whole, 1, 2).map((lines) => [lines.stage, lines.from, lines.to]))""")
    assert found == [[1, [0, 1, 2], [2, 2, 2]], [2, [2, 2], [0, 1]]]


def test_lines_from_a_picture_begin_at_their_pixels(node: Any) -> None:
    found = node("""
      const stages = revive({stages: [
        {name: "inputs", kind: "inputs", shape: [784], picture: [28, 28]},
        {name: "dense_1", kind: "dense", shape: [2],
         strongest: {from: [[0, 783], [29, 14]], weights: [[1, 2], [3, 4]]}}]}).stages;
      const whole = layout(stages, 1000), sheet = whole.groups[0].units[0];
      const lines = linesInto(stages, whole, 1);
      say([lines.ends, lines.to, sheet])""")
    ends, to, sheet = found
    assert to == [0, 0, 1, 1]
    pixel = sheet["wide"] / 28
    left, top = sheet["x"] - sheet["wide"] / 2, sheet["y"] - sheet["tall"] / 2
    for k, place in enumerate((0, 783, 29, 14)):
        assert ends[4 * k] == pytest.approx(left + (place % 28 + 0.5) * pixel)
        assert ends[4 * k + 1] == pytest.approx(top + (place // 28 + 0.5) * pixel)


@pytest.mark.parametrize("narrow", ["false", "true"])
def test_the_line_under_the_pointer_is_found(node: Any, narrow: str) -> None:
    found = node(f"""
      const {{stages}} = net(4, 5, 2), whole = layout(stages, 700, {{narrow: {narrow}}});
      const all = [1, 2].map((place) => linesInto(stages, whole, place));
      const hits = all.flatMap((lines) => lines.from.map((from, at) => {{
        const [x, y] = along(lines.ends, at, {narrow}, 0.1);
        const hit = pick([lines], x + 0.4, y + 0.4, {narrow});
        return hit && hit.line.to === lines.to[at] && hit.line.from === from;
      }}));
      const off = pick(all, 5, 5, {narrow});
      say([hits, off])""")
    hits, off = found
    assert off is None
    assert len(hits) == 30 and sum(map(bool, hits)) >= 24  # near their ends some run together


def test_arrow_keys_lead_to_every_unit(node: Any) -> None:
    found = node("""
      say([358, 1000].map((width) => {
        const whole = layout(net(4, 40, 3).stages, width);
        const seen = new Set(), ahead = [{stage: 0, unit: 0}];
        while (ahead.length) {
          const at = ahead.pop();
          if (seen.has(`${at.stage} ${at.unit}`)) continue;
          seen.add(`${at.stage} ${at.unit}`);
          for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]) {
            const next = neighbour(whole, at, key);
            if (next) ahead.push(next);
          }
        }
        return [seen.size, neighbour(whole, {stage: 1, unit: 5}, "Home"),
          neighbour(whole, {stage: 1, unit: 5}, "End"), neighbour(whole, {stage: 1, unit: 5}, "x")];
      }))""")
    for seen, home, last, nothing in found:
        assert seen == 47
        assert home == {"stage": 1, "unit": 0} and last == {"stage": 1, "unit": 39}
        assert nothing is None


def test_a_drag_changes_by_the_span_and_rests_at_zero(node: Any) -> None:
    found = node("""say([dragged(0.5, 110, 2), dragged(0.5, -27.5, 2), dragged(0.5, -26.9, 2),
      dragged(0.5, 110, 2, true), nudged(0.5, "ArrowUp", 2), nudged(0.5, "ArrowDown", 2, true),
      nudged(0.5, "PageUp", 0.5), nudged(0.5, "a", 2), stepOf(2), rounded(1.23456789, 2)])""")
    assert found == [2.5, 0, 0, 0.7, 0.6, -0.5, 1.5, None, 0.1, 1.235]


def test_what_is_typed_is_read_with_comma_and_any_minus(node: Any) -> None:
    found = node("""say(["1,5", "−0.25", " 3 ", "", "x", "1e400", "-"].map(typed))""")
    assert found == [1.5, -0.25, 3, None, None, None, None]


def test_one_edit_is_sent_at_a_time_and_the_newest_of_a_place_wins(node: Any) -> None:
    found = node("""
      const sent = []; let open;
      const put = newestWins((edit) => {
        sent.push([edit.parameter, edit.value]);
        return new Promise((done) => (open = done));
      });
      const later = () => new Promise((done) => setTimeout(done, 1));
      for (const value of [1, 2, 3]) put({parameter: "w", place: [0, 1], value, final: false});
      put({parameter: "b", place: [0], value: 9, final: true});
      const first = [...sent];
      open(); await later(); open(); await later(); open(); await later();
      put({parameter: "w", place: [0, 1], value: 4, final: true}); await later();
      say([first, sent])""")
    assert found == [[["w", 1]], [["w", 1], ["w", 3], ["b", 9], ["w", 4]]]


def test_where_drawing_is_slow_fewer_lines_are_drawn_until_the_numbers_rest(node: Any) -> None:
    found = node("""
      const {Pace} = await import("./js/network/pace.js");
      const all = [], pace = new Pace(() => all.push(pace.share));
      const shares = [50, 50, 25, 10, ...Array(40).fill(90)]
        .map((time) => (pace.took(time), pace.share));
      globalThis.window = globalThis;
      pace.rest();
      const kept = pace.share;
      for (let k = 0; k < 60; k += 1) pace.took(5);
      say([shares.slice(0, 4), shares.at(-1), all, kept, pace.share])""")
    first, least, drawn, kept, quick = found
    assert first == pytest.approx([0.8, 0.64, 0.64, 0.6912])
    assert least == kept == 0.12 and drawn == [1] and quick == 1


def test_arrays_come_as_lists_from_the_wire_or_frozen(node: Any) -> None:
    found = node("""
      const bytes = Buffer.from(new Float32Array([1.5, -2, 0.25, 8]).buffer).toString("base64");
      const all = [[[1.5, -2], [0.25, 8]],
        {shape: [2, 2], data: new Float32Array([1.5, -2, 0.25, 8])},
        {shape: [2, 2], dtype: "float32", base64: bytes}, null];
      say(all.map(numbers).map((found) => found && [found.shape, Array.from(found.data)]))""")
    assert found == [[[2, 2], [1.5, -2, 0.25, 8]]] * 3 + [None]


def test_the_formula_adds_up_with_the_rest_taken_together(node: Any) -> None:
    found = node("""
      const value = net(9, 2);
      const {first, parts, last} = formula(value, 1, 1);
      const number = (text) => Number(text.replaceAll("−", "-").replace(/[()]/g, ""));
      const sum = number(first) + parts.reduce((total, {text, sign}) => {
        const [a, b] = text.split(" · ");
        return total + sign * (b === undefined ? number(a.split(" (")[0]) : number(a) * number(b));
      }, 0);
      say([sum, number(last), parts.length, parts.at(-1).text])""")
    total, last, count, rest = found
    assert total == pytest.approx(last, abs=0.05) and count == 5 and rest.endswith("(5 others)")


def test_a_unit_is_named_with_its_numbers(node: Any) -> None:
    found = node("""
      const value = net(2, 3, 2);
      value.stages[1].labels = [];
      const before = labelOf(value, 1, 2);
      value.stages[2].weights.data[4] = value.stages[2].weights.data[5] = 0;
      say([before, labelOf(value, 1, 2), labelOf(value, 0, 1), labelOf(value, 2, 1),
        isKnockedOut(value.stages[2], 2), isKnockedOut(value.stages[2], 1)])""")
    assert found == [
        "dense_1, unit 2, output 1.00, bias 0.50",
        "dense_1, unit 2, output 1.00, bias 0.50, knocked out",
        "input n1, 0.00",
        "dense_2, “n1”, output 0.00, bias 0.50, 75 %",
        True,
        False,
    ]


def test_numbers_are_short_and_true(node: Any) -> None:
    found = node("""
      const all = [0, 1, -0.456, 12.34, 123456, -0.00001, NaN, -Infinity, -0.001];
      say([all.map((x) => short(x)), [0, 0.0004, 0.005, 0.12345, 0.9996, 1, NaN].map(percent)])""")
    assert found[0] == [
        "0.00", "1.00", "−0.46", "12.3", "1.2 · 10^5", "−1.0 · 10^-5", "not a number", "−∞", "0.00",
    ]  # fmt: skip
    assert found[1] == ["0 %", "0 %", "0.5 %", "12 %", "100 %", "100 %", "–"]


def test_colours_are_read_and_ink_can_be_read_on_them(node: Any) -> None:
    found = node("""
      const colours = {positive: [0, 0, 100], negative: [100, 0, 0], zero: [0, 0, 0]};
      say([parsed("#1f6fd0"), parsed("#abc"), parsed("blue"), inkOn([255, 255, 255]),
        inkOn([0, 0, 60]), signed(colours, -1), signed(colours, 0), largest([0, -3, 2]),
        largest([])])""")
    assert found == [
        [31, 111, 208], [170, 187, 204], None, "#10131a", "#ffffff", [100, 0, 0], [0, 0, 0], 3, 1,
    ]  # fmt: skip


def test_the_card_stands_on_the_sheet_and_never_on_its_unit(node: Any) -> None:
    found = node("""
      const {stages} = net(3, 8, 2);
      say([400, 1200].flatMap((width) => {
        const whole = layout(stages, width);
        return whole.groups.flatMap((group, stage) => group.units.map((place, unit) => {
          const size = {wide: 260, tall: 120};
          const [x, y] = spotFor(whole, {stage, unit}, size, linesOf(stages, whole, stage, unit));
          const on = place.x > x && place.x < x + 260 && place.y > y && place.y < y + 120;
          return [on, x >= 0 && x + 260 <= whole.width];
        }));
      }))""")
    assert found == [[False, True]] * 26


def test_numbers_are_written_alike_and_axes_have_three_at_least(node: Any) -> None:
    found = node("""
      const {brief, rounds} = await import("./js/plane.js");
      const {number} = await import("./js/texts.js");
      const said = (answer, target, numbers) => revive({stages: [], answer, target, numbers});
      const [priced, named] = [said("355237.6", "355200.0", true), said("2020", "2020", false)];
      say({
        answer: [priced.answer, priced.target, number(355237.6), named.answer],
        axis: [355200, 1e5, 0.25, -1000].map(brief),
        huge: [1e300, -2e305, 2 ** 53 - 1, 1e15, 2 ** 60].map(number),
        ticks: [[2.6, 6.4], [0.1, 0.9], [7, 13], [-3, 4.9], [0.9, 3.1]].flatMap(([low, high]) =>
          [1, 2, 3, 6].map((count) => rounds(low, high, count).length)),
      });
    """)
    assert found["answer"] == ["355,200", "355,200", "355,200", "2020"]
    assert found["axis"] == ["355,200", "100,000", "0.25", "−1,000"]
    assert found["huge"] == [
        "1 × 10³⁰⁰", "−2 × 10³⁰⁵", "9,007,199,254,740,991", "1,000,000,000,000,000", "1.15 × 10¹⁸",
    ]  # fmt: skip
    assert min(found["ticks"]) >= 3


def test_one_is_told_as_one(node: Any) -> None:
    found = node("""
      const {t} = await import("./js/texts.js");
      say(["1", "2"].map((n) => t("upload.table", {name: "t.csv", rows: n, columns: n})));
    """)
    assert found == ["t.csv: 1 row of 1 column", "t.csv: 2 rows of 2 columns"]


def test_what_a_change_did_is_told_once(node: Any) -> None:
    found = node("""
      const {told} = await import("./js/changes.js");
      const at = (step, last, undo, redo = null) =>
        ({kind: "network", lesson: null, step, first: 0, last, undo, redo});
      say([
        told(null, at(0, 0, "scene")), told(at(442, 2408, null), at(442, 2408, "edit")),
        told(at(442, 2408, "edit"), at(470, 470, "branch")),
        told(at(470, 470, "branch"), at(480, 480, "branch")),
        told(at(470, 470, "edit"), at(480, 480, "edit")),
        told(at(480, 480, "branch"), at(0, 0, "scene")), told(at(0, 0, "scene"), at(9, 9, "scene")),
        told(at(9, 9, "scene"), at(0, 0, "scene")), told(at(9, 9, "edit"), at(0, 0, "x", "scene")),
        told(at(9, 9, "scene"), {...at(0, 0, "scene"), lesson: 3}),
      ]);
    """)
    anew = "The network begins anew. Undo brings the old one back."
    branched = "You branched off at step 442; undo brings the steps up to 2,408 back."
    assert found == [None, None, branched, None, None, anew, None, anew, None, None]
