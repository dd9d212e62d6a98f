"""Networks of each kind, exported: labels, chances, scores, values in their units; and refusals."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import (
    ColorJitter,
    Conv2D,
    CutOut,
    Dense,
    Embedding,
    Flatten,
    MaxPool2D,
    Network,
    RandomAffine,
    data,
    ops,
)
from pellucid._version import __version__
from pellucid.data import Framing
from pellucid.data.inputs import ArrayCodec
from pellucid.errors import ExportError, FileError, PackageError, PellucidError, UnknownNameError
from pellucid.io.onnx import OPERATORS, OPSET, run_onnx
from pellucid.models.deploy import deploy
from pellucid.models.export import TOLERANCE
from tests.io.programs import ENDS, answers, compiled, needed

languages = pytest.mark.parametrize("language", ENDS)


def fitted(layers: Any, x: Any, y: Any, **options: Any) -> Network:
    net = Network(layers, seed=1, **options)
    net.fit(x, y, epochs=5, progress=False, engine="reference")
    return net


def classes() -> tuple[Network, Any]:
    x, y = data.load("iris")
    return fitted([Dense(6, "tanh"), Dense()], x, y), x


def one_logit() -> tuple[Network, Any]:
    x, y = data.load("breast_cancer")
    return fitted([Dense(6, "gelu"), Dense(1)], x, y), x


def whole_labels() -> tuple[Network, Any]:
    x, y = data.load("iris")
    return fitted([Dense()], x, np.unique(y, return_inverse=True)[1] * 10 - 7), x


def truths() -> tuple[Network, Any]:
    x, y = data.load("moons")
    return fitted([Dense(4), Dense()], x, np.asarray(y) == np.asarray(y)[0]), x


def pictures() -> tuple[Network, Any]:
    x, y = data.load("digits")
    x, y = np.asarray(x).reshape(-1, 8, 8)[:300], np.asarray(y)[:300]
    return fitted([Conv2D(3, 3), MaxPool2D(2), Flatten(), Dense()], x, y), x


def picture_files() -> tuple[Network, Any]:
    x = np.random.default_rng(0).integers(0, 256, (90, 3, 8, 10)).astype(np.uint8)
    layers = [RandomAffine(), ColorJitter(), CutOut(), Conv2D(3, 3), Flatten(), Dense()]
    return fitted(layers, x, x.mean((1, 2, 3)) > 127, framing=Framing(8, 10)), x


def hinge() -> tuple[Network, Any]:
    x, y = data.load("breast_cancer")
    return fitted([Dense(6), Dense(1)], x, y, loss="hinge"), x


def value() -> tuple[Network, Any]:
    x, y = data.load("diabetes")
    return fitted([Dense(6, "silu"), Dense()], x, 1000.0 * np.asarray(y)), x


def values() -> tuple[Network, Any]:
    x, y = data.load("diabetes")
    both = np.stack([np.asarray(y), -1e-3 * np.asarray(y)], 1)
    return fitted([Dense(6, "elu"), Dense()], x, both), x


def counts() -> tuple[Network, Any]:
    x, y = data.load("diabetes")
    return fitted([Dense()], x, np.asarray(y) // 50, loss="poisson"), x


def words() -> tuple[Network, Any]:
    x = np.random.default_rng(0).integers(0, 9, (120, 3))
    return fitted([Embedding(9, 4), Flatten(), Dense()], x, x.sum(1) > 12, scale_inputs=False), x


MODELS = [
    classes, one_logit, whole_labels, truths, pictures, picture_files, hinge, value, values, counts,
    words,
]  # fmt: skip
each = pytest.mark.parametrize("make", MODELS)


def exact(net: Network, x: Any, kind: str) -> Any:
    """The network's own numbers by the definition."""
    if kind == "chances":
        return net.predict_proba(x, engine="reference")
    if kind == "scores":
        z = (x - net._parts()[1].mean) / net._parts()[1].scale  # type: ignore[attr-defined]
        p = net.parameters
        hidden = z @ p["dense_1.weight"] + p["dense_1.bias"]
        return hidden @ p["dense_2.weight"] + p["dense_2.bias"]
    return np.asarray(net.predict(x, engine="reference")).reshape(len(x), -1)


@each
def test_onnx(make: Any, tmp_path: Path) -> None:
    net, x = make()
    kind = deploy(net).kind
    path = tmp_path / "m.onnx"
    done = net.to_onnx(path, x)
    assert (done.path, done.form, done.opset) == (str(path), "onnx", OPSET)
    assert done.bytes == path.stat().st_size
    assert done.difference is not None and done.difference < TOLERANCE / 4
    found = run_onnx(path.read_bytes(), np.asarray(x))
    name = {"chances": "probabilities", "scores": "scores", "values": "value"}[kind]
    assert list(found) == (["value"] if kind == "values" else ["label", name])
    expected = exact(net, x, kind)
    np.testing.assert_allclose(found[name].reshape(expected.shape), expected, rtol=1e-4, atol=1e-5)
    if kind != "values":
        np.testing.assert_array_equal(found["label"], net.predict(x, engine="reference"))


@each
@languages
def test_code(make: Any, language: str, tmp_path: Path) -> None:
    net, x = make()
    x = np.asarray(x)[:100]
    kind = deploy(net).kind
    path = tmp_path / f"m.{ENDS[language]}"
    done = net.to_code(path, language)
    assert (done.form, done.checked, done.opset) == (language, 0, None)
    function = {"chances": "predict_proba", "scores": "scores", "values": "predict"}[kind]
    expected = exact(net, x, kind)
    np.testing.assert_allclose(answers(path, x, function), expected, rtol=1e-11, atol=1e-12)
    if kind != "values":
        assert labels_of(path, x, net) == [shown(v) for v in net.predict(x, engine="reference")]


def shown(label: Any) -> str:
    """A label as all three languages can print it."""
    return str(int(label)) if isinstance(label, bool | np.bool_ | int | np.integer) else str(label)


def labels_of(path: Path, rows: Any, net: Network) -> list[str]:
    """What ``predict`` of an exported program answers, as text."""
    flat = rows.reshape(len(rows), -1).astype(float)
    if path.suffix == ".c":
        first = net.classes.tolist()[0]
        kind, form = ("const char *", "%s")
        if not isinstance(first, str):
            kind, form = ("int", "%d") if isinstance(first, bool) else ("long long", "%lld")
        main = (
            "#include <stdio.h>\nint main(void) { double x[INPUTS];\n"
            f"while (fread(x, sizeof(double), INPUTS, stdin) == INPUTS) {{\n{kind} label;\n"
            f'if (predict(x, &label)) return 1;\nprintf("{form}\\n", label); }} return 0; }}\n'
        )
        program = compiled(path, main)
        done = subprocess.run([program], input=flat.tobytes(), stdout=subprocess.PIPE, check=True)
        return str(done.stdout, "utf-8").splitlines()
    if path.suffix == ".mjs":
        program_text = (
            f'import {{ predict }} from "{path.as_uri()}"; import {{ readFileSync }} from "fs";'
            "for (const row of JSON.parse(readFileSync(0))) {"
            "const v = predict(row); console.log(typeof v === 'boolean' ? Number(v) : v); }"
        )
        command = [needed("node"), "--input-type=module", "--eval", program_text]
    else:
        program_text = (
            "import json, sys; sys.path.insert(0, sys.argv[1]); import m\n"
            "for row in json.load(sys.stdin):\n v = m.predict(row)\n"
            " print(int(v) if isinstance(v, bool) else v)"
        )
        command = [sys.executable, "-I", "-c", program_text, str(path.parent)]
    given = str(flat.tolist())
    done_text = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True, text=True)
    return done_text.stdout.splitlines()


PLAIN = """
import json, sys
import numpy as np
from safetensors import safe_open
with safe_open(sys.argv[1], framework="np") as file:
    a = {name: file.get_tensor(name) for name in file.keys()}
    labels = json.loads(file.metadata()["pellucid"])["target"]["labels"]
x = np.load(sys.argv[2])
z = (x - a["codec.input.mean"]) / a["codec.input.scale"]
z = np.tanh(z @ a["dense_1.weight"] + a["dense_1.bias"])
z = z @ a["dense_2.weight"] + a["dense_2.bias"]
assert not [name for name in sys.modules if name.startswith("pellucid")]
print(json.dumps([labels[place] for place in z.argmax(1)]))
"""


def test_a_model_file_opens_with_plain_safetensors(tmp_path: Path) -> None:
    net, x = classes()
    net.save(tmp_path / "m.safetensors")
    np.save(tmp_path / "x.npy", x)
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(tmp_path / "m.safetensors"), str(tmp_path / "x.npy")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == net.predict(x, engine="reference").tolist()


# --- labels and names that could break out of a program


NASTY = ['a "quoted" \\ label?', "*/ } evil(", "línea\nbreak ??/", "'''\"\"\"", "\u2028", "`${x}`"]


@languages
def test_labels_and_names_of_any_kind_are_only_text(language: str, tmp_path: Path) -> None:
    x = np.eye(6)
    net = Network([Dense(3, "relu", name='l */ """ \n x'), Dense()], seed=0).build(x, NASTY)
    net = net.with_parameters(
        {'l */ """ \n x.weight': np.random.default_rng(0).normal(size=(6, 3))}
    )
    net.provenance["data"] = {"features": ['"""', "*/", "\n", "\\", "${1}", "é"]}
    path = tmp_path / f"m.{ENDS[language]}"
    net.to_code(path, language)
    assert path.read_bytes().isascii()
    expected = [label for text in net.predict(x, engine="reference") for label in text.split("\n")]
    assert labels_of(path, x, net) == expected


def test_all_columns_are_told_in_their_order(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(6, 200))
    net = Network([Dense()]).build(x, [0, 1] * 3)
    net.provenance["data"] = {"features": [f"column-{k}" for k in range(200)]}
    for language, end in ENDS.items():
        net.to_code(tmp_path / f"m.{end}", language)
        text = (tmp_path / f"m.{end}").read_text()
        assert re.findall(r"column-\d+", text) == [f"column-{k}" for k in range(200)]


def test_labels_of_64_bits_are_exact(tmp_path: Path) -> None:
    x, y = np.array([[0.0], [1.0]]), np.array([2**63 + 1, 3], np.uint64)
    net = Network([Dense()], seed=0).build(x, y)
    net.to_onnx(tmp_path / "m.onnx", x)
    found = run_onnx((tmp_path / "m.onnx").read_bytes(), x)["label"]
    np.testing.assert_array_equal(found, net.predict(x, engine="reference"))
    net.to_code(tmp_path / "m.c", "c")
    assert f"{2**63 + 1}ULL" in (tmp_path / "m.c").read_text()
    net.to_code(tmp_path / "m.mjs", "javascript")
    assert f"{2**63 + 1}n" in (tmp_path / "m.mjs").read_text()


# --- rows that are no rows


def test_python_refuses_wrong_rows(tmp_path: Path) -> None:
    net, _ = words()
    net.to_code(tmp_path / "wrong_rows.py", "python")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import wrong_rows as m\n"
        "for row in ([1, 2], [1, 2, float('nan')], [1, 2, 9], [1, -1, 0], [1, 0.5, 0]):\n"
        "    try: print(m.predict(row))\n"
        "    except ValueError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(tmp_path)], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "expected 3 numbers, got 2",
        "a number of the row is missing or not finite",
        "expected a whole number from 0 to 8, got 9.0",
        "expected a whole number from 0 to 8, got -1.0",
        "expected a whole number from 0 to 8, got 0.5",
    ]


def test_javascript_refuses_wrong_rows(tmp_path: Path) -> None:
    net, _ = words()
    net.to_code(tmp_path / "m.mjs", "javascript")
    program = (
        f'import {{ predict }} from "{(tmp_path / "m.mjs").as_uri()}";'
        "for (const row of [[1, 2], [1, 2, NaN], [1, 2, 9], [1, 0.5, 0]]) {"
        "try { console.log(predict(row)); } catch (e) { console.log(`${e.name}: ${e.message}`); } }"
    )
    command = [needed("node"), "--input-type=module", "--eval", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "RangeError: expected 3 numbers, got 2",
        "RangeError: a number of the row is missing or not finite",
        "RangeError: expected a whole number from 0 to 8, got 9",
        "RangeError: expected a whole number from 0 to 8, got 0.5",
    ]


def test_c_answers_wrong_rows_with_minus_1(tmp_path: Path) -> None:
    net, _ = words()
    net.to_code(tmp_path / "m.c", "c")
    main = (
        "#include <stdio.h>\nint main(void) {\n"
        "const double rows[5][3] = {{1, 2, 3}, {1, 2, 9}, {1, -1, 0}, {1, 0.5, 0}, {1, 2, NAN}};\n"
        "for (int i = 0; i < 5; i++) { int label; double chances[2];\n"
        'printf("%d %d\\n", predict(rows[i], &label), predict_proba(rows[i], chances)); }\n'
        "return 0; }\n"
    )
    done = subprocess.run([compiled(tmp_path / "m.c", main)], stdout=subprocess.PIPE, check=True)
    assert done.stdout.split() == [b"0", b"0", *[b"-1"] * 8]


def test_c_needs_no_static_room_where_asked(tmp_path: Path) -> None:
    net, x = classes()
    net.to_code(tmp_path / "m.c", "c")
    text = (tmp_path / "m.c").read_text()
    assert "malloc" not in text
    (tmp_path / "m.c").write_text(f"#define SCRATCH\n{text}")
    np.testing.assert_allclose(
        answers(tmp_path / "m.c", x[:5]), net.predict_proba(x[:5], engine="reference"), rtol=1e-12
    )


# --- large numbers


def test_numbers_that_single_precision_cannot_hold(tmp_path: Path) -> None:
    x = 1.7e9 + np.arange(60.0)[:, None]
    net = fitted([Dense()], x, 5e8 + x[:, 0])
    with pytest.raises(ExportError) as caught:
        net.to_onnx(tmp_path / "m.onnx", x)
    assert str(caught.value).startswith(
        "The exported model does not answer as the network does: ONNX Runtime differs by "
    )
    assert str(caught.value).endswith(
        "more than the 1e-05 that is accepted. Nothing was written. Its numbers go in and come out "
        "in single precision: try numbers='float64'."
    )
    assert not (tmp_path / "m.onnx").exists()
    assert net.to_onnx(tmp_path / "m.onnx", x, numbers="float64").difference is not None
    found = run_onnx((tmp_path / "m.onnx").read_bytes(), x)["value"]
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, net.predict(x, engine="reference"), rtol=1e-14)


# --- refusals


def test_a_model_that_answers_otherwise_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, x = classes()
    path = tmp_path / "m.onnx"
    path.write_text("old")
    monkeypatch.setitem(
        OPERATORS, "tanh", lambda w, node, inputs: w.add("Softsign", *inputs)
    )  # a wrong word for it
    with pytest.raises(ExportError, match="ONNX Runtime differs by 0"):
        net.to_onnx(path, x)
    assert path.read_text() == "old"


def test_a_label_that_differs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net, x = classes()
    wrong = lambda w, node, inputs: w.add("ArgMin", inputs[0], axis=1, keepdims=0)
    monkeypatch.setitem(OPERATORS, "argmax", wrong)
    with pytest.raises(ExportError) as caught:
        net.to_onnx(tmp_path / "m.onnx", x)
    assert "The exported model answers '" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


class Strange(ArrayCodec):
    """A codec of another kind."""

    row_shape = sample_shape = (2,)

    def _encode(self, x: Any, dtype: Any) -> Any:
        return x

    def _decode(self, z: Any) -> Any:
        return z

    def describe(self) -> str:
        return "columns of words"

    def to_record(self) -> Any:
        return {}, {}


@pytest.mark.parametrize("form", ["onnx", "c"])
def test_a_codec_that_cannot_be_exported_is_named(form: str, tmp_path: Path) -> None:
    net = Network(hidden=[2]).build([[0.0, 1.0], [1.0, 0.0]], ["a", "b"])
    net._codec = Strange()
    with pytest.raises(ExportError) as caught:
        net.to_onnx(tmp_path / "m") if form == "onnx" else net.to_code(tmp_path / "m", form)
    assert str(caught.value) == (
        "This model reads its rows with Strange (columns of words), which cannot be exported. "
        "Tables, standardized columns, scaled pixels and values kept as they are can."
    )


@pytest.mark.parametrize(("form", "what"), [("onnx", "ONNX"), ("python", "code"), ("c", "code")])
def test_an_operation_that_a_form_does_not_have_is_named_with_its_layer(
    form: str, what: str, tmp_path: Path
) -> None:
    spread = lambda z: ops.avg_pool2d_gradient(z, (4, 4), (2, 2))
    x = np.random.default_rng(0).normal(size=(4, 1, 4, 4))
    layers = [Conv2D(1, 3, activation=spread, name="upward"), Flatten(), Dense()]
    net = Network(layers).build(x, [1, 2, 1, 2])
    with pytest.raises(ExportError) as caught:
        net.to_onnx(tmp_path / "m") if form == "onnx" else net.to_code(tmp_path / "m", form)
    assert str(caught.value) == (
        f"m cannot be exported to {what}: upward uses avg_pool2d_gradient, for which {what} export "
        "has no words. Use other operations there, or another form."
    )


def test_a_layer_that_mixes_rows_is_named(tmp_path: Path) -> None:
    centred = lambda z: z - ops.mean(z, 0, keepdims=True)
    net = Network([Dense(2, centred), Dense()]).build([[0.0, 1.0], [1.0, 0.0]], ["a", "b"])
    with pytest.raises(ExportError) as caught:
        net.to_code(tmp_path / "m.py", "python")
    assert str(caught.value) == (
        "m cannot be exported: dense_1 mixes the rows of a batch (mean gives float[1, 2]), so an "
        "answer would depend on what it is asked along with. Let it compute each row by itself."
    )


def test_without_onnx_runtime_the_evaluator_of_onnx_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    net, x = classes()
    done = net.to_onnx(tmp_path / "m.onnx", x)
    assert done.checked == 75 and done.difference is not None and done.difference < 1e-6
    monkeypatch.setitem(OPERATORS, "tanh", lambda w, node, inputs: w.add("Softsign", *inputs))
    with pytest.raises(ExportError, match=r"ONNX's own evaluator differs by 0"):
        net.to_onnx(tmp_path / "wrong.onnx", x)
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]


def test_what_the_evaluator_of_onnx_cannot_compute_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise NotImplementedError("no such operator")

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr("onnx.reference.ReferenceEvaluator.run", fails)
    net = Network(hidden=[2]).build([[0.0, 1.0], [1.0, 0.0]], ["a", "b"])
    with pytest.raises(ExportError) as caught:
        net.to_onnx(tmp_path / "m.onnx")
    assert str(caught.value) == (
        "The model's answers cannot be compared with the network's by ONNX's own evaluator: no "
        "such operator. Nothing was written. Install ONNX Runtime, which does it: pip install "
        "'pellucid[onnx]'"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_says_which_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    net = Network(hidden=[2]).build([[0.0, 1.0], [1.0, 0.0]], ["a", "b"])
    with pytest.raises(PackageError) as caught:
        net.to_onnx(tmp_path / "m.onnx")
    assert str(caught.value) == (
        "ONNX export needs onnx, which is not installed. "
        "Install it with: pip install 'pellucid[onnx]'"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_model_beyond_the_size_of_a_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pellucid.io.onnx.MOST_BYTES", 100)
    net = Network(hidden=[2]).build([[0.0, 1.0], [1.0, 0.0]], ["a", "b"])
    with pytest.raises(ExportError) as caught:
        net.to_onnx(tmp_path / "m.onnx")
    assert str(caught.value) == (
        "m has 128 bytes of parameters; a single ONNX file holds at most 100. Use a smaller "
        "network, or to_torch."
    )


def test_onnx_says_what_it_is(tmp_path: Path) -> None:
    import onnx

    net, x = classes()
    net.provenance["data"] = {"features": ["a", "b", "c", "d"]}
    net.to_onnx(tmp_path / "m.onnx", x)
    model = onnx.load(tmp_path / "m.onnx")
    assert [(each.domain, each.version) for each in model.opset_import] == [("", OPSET)]
    assert (model.producer_name, model.producer_version) == ("pellucid", __version__)
    assert {each.key: json.loads(each.value) for each in model.metadata_props} == {
        "labels": ["setosa", "versicolor", "virginica"], "columns": ["a", "b", "c", "d"],
    }  # fmt: skip


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    net, x = one_logit()
    for form in ("onnx", *ENDS):
        found = []
        for path in (tmp_path / "a" / "m", tmp_path / "b" / "m"):
            path.parent.mkdir(exist_ok=True)
            net.to_onnx(path, x) if form == "onnx" else net.to_code(path, form)
            found.append(path.read_bytes())
        assert found[0] == found[1], form


def test_other_wrong_calls(tmp_path: Path) -> None:
    net, x = classes()
    with pytest.raises(UnknownNameError) as caught:
        net.to_code(tmp_path / "m", "pyton")
    assert str(caught.value) == (
        "There is no language 'pyton'. Did you mean 'python'? Known: c, javascript, python."
    )
    with pytest.raises(UnknownNameError) as caught:
        net.to_onnx(tmp_path / "m", numbers="float16")
    assert str(caught.value) == (
        "There is no kind of numbers 'float16'. Did you mean 'float64'? Known: float32, float64."
    )
    with pytest.raises(PellucidError, match="x has 2 features"):
        net.to_onnx(tmp_path / "m", x[:, :2])
    with pytest.raises(PellucidError, match="no sizes or parameters yet"):
        Network(hidden=[2]).to_code(tmp_path / "m", "c")
    with pytest.raises(FileError):
        net.to_code(tmp_path / "no" / "m.c", "c")


# --- rows that are drawn


@each
def test_rows_are_drawn_where_none_are_given(make: Any, tmp_path: Path) -> None:
    net, _ = make()
    done = net.to_onnx(tmp_path / "m.onnx")
    assert (done.checked, done.drawn) == (100, True)
    assert str(done).startswith(f"{tmp_path / 'm.onnx'}: ONNX, opset {OPSET}, ")
    assert "Checked on 100 drawn rows: the largest difference is " in str(done)


def test_at_most_a_thousand_rows_are_compared(tmp_path: Path) -> None:
    net, x = classes()
    assert net.to_onnx(tmp_path / "m.onnx", np.tile(x, (20, 1))).checked == 1000
