"""Writes the trained reader as an ONNX graph, which onnxruntime reads without torch.

The graph is `vectors.train.reader.Network` once more, for whole batches and without dropout, its LSTM layers
in eight bits; a test compares the two. Inputs and outputs are those that `rag.reader.Reader` names.
"""

import math
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from rag.reader import FEATURES, MAX_SPAN, PIECE_DIM, TOPIC

OPSET = 17
FAR = -1e9  # the score of what may not be chosen
# Between what the inputs of each LSTM layer nearly always lie (one of ten thousand is beyond); what is, is cut.
ENDS = {"encode": (-4.0, 4.0), "model1": (0.0, 4.0), "model2": (-1.0, 2.0)}
SPARE = 2  # inputs and units of an LSTM layer that hold the ends of its scale
SURE = 20.0  # what opens a gate or, below zero, shuts it
# Of a weight in eight bits: more, and two products would not fit into the sixteen that AVX2 adds them in.
MOST = 63

Array = NDArray[np.float32]


class Graph:
    """Collects nodes; each method returns the name of its output."""

    def __init__(self, weights: dict[str, Array], *, eight_bits: bool) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._weights = weights
        self._eight_bits = eight_bits
        self._known: dict[str, str] = {}

    def op(self, kind: str, *inputs: str, **attributes: object) -> str:
        """The first output of an operator."""
        out = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def const(self, values: object, dtype: type = np.float32) -> str:
        """A constant; equal ones are one."""
        array = np.asarray(values, dtype=dtype)
        key = f"{array.dtype}{array.shape}{array.tolist()}"
        if key not in self._known:
            self._known[key] = f"const{len(self._known)}"
            self.constants.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def weight(self, name: str) -> str:
        """A trained tensor, kept in half precision and read as single."""
        if name not in self._known:
            half = self._weights[name].astype(np.float16)
            self.constants.append(numpy_helper.from_array(half, name))
            self._known[name] = self.op("Cast", name, to=TensorProto.FLOAT)
        return self._known[name]

    def linear(self, inputs: str, name: str) -> str:
        """A fully connected layer: x Wᵀ + b."""
        turned = self.op("Transpose", self.weight(f"{name}.weight"), perm=[1, 0])
        return self.op("Add", self.op("MatMul", inputs, turned), self.weight(f"{name}.bias"))

    def softmax(self, scores: str, mask: str) -> str:
        """Over the last axis, where the mask is true."""
        return self.op("Softmax", self.op("Where", mask, scores, self.const(FAR)), axis=-1)

    def attention(self, a: str, b: str, name: str) -> str:
        """Scores [b, n, m] of each place of `a` for each of `b`: trilinear (Seo et al. 2016)."""
        width = self._weights[f"{name}.both"].shape[0]
        crossed = self.op("MatMul", self.op("Mul", a, self.weight(f"{name}.both")), self.turned(b))
        if a == b:
            both = self.op("MatMul", a, self.stacked(f"{name}.from", f"{name}.to"))
            own, other = self.split(both, 1, 1)
        else:
            own, other = (
                self.op("MatMul", of, self.stacked(f"{name}.{part}"))
                for of, part in ((a, "from"), (b, "to"))
            )
        scores = self.op("Add", self.op("Add", crossed, own), self.turned(other))
        return self.op("Mul", scores, self.const(1 / math.sqrt(width)))

    def turned(self, inputs: str) -> str:
        """The last two axes of three exchanged."""
        return self.op("Transpose", inputs, perm=[0, 2, 1])

    def column(self, inputs: str) -> str:
        """[b, n] as [b, n, 1]."""
        return self.op("Unsqueeze", inputs, self.const([2], np.int64))

    def row(self, inputs: str) -> str:
        """[b, n] as [b, 1, n]."""
        return self.op("Unsqueeze", inputs, self.const([1], np.int64))

    def stacked(self, *names: str) -> str:
        """Trained rows, one below the other and turned: [i, rows]; one product is quicker than several."""
        rows = []
        for name in names:
            row = self.weight(name)
            one = self._weights[name].ndim == 1
            rows.append(self.op("Unsqueeze", row, self.const([0], np.int64)) if one else row)
        return self.op("Transpose", self.op("Concat", *rows, axis=0), perm=[1, 0])

    def split(self, inputs: str, *sizes: int) -> list[str]:
        """Parts of the last axis of three."""
        names = [f"split{len(self.nodes)}_{at}" for at in range(len(sizes))]
        node = helper.make_node("Split", [inputs, self.const(sizes, np.int64)], names, axis=2)
        self.nodes.append(node)
        return names

    def lstm(self, inputs: str, lengths: str, name: str) -> str:
        """Both directions of an LSTM layer, [b, n, i] → [b, n, 2 h]; zero behind each length."""
        hidden = self._weights[f"{name}.state"].shape[2]
        if self._eight_bits:
            states = self._lstm_of_bytes(inputs, lengths, name)
        else:
            ahead = self.op("Transpose", inputs, perm=[1, 0, 2])
            weights = [self.weight(f"{name}.{part}") for part in ("input", "state", "bias")]
            states = self.op(
                "LSTM", ahead, *weights, lengths, direction="bidirectional", hidden_size=hidden
            )
        by_text = self.op("Transpose", states, perm=[2, 0, 1, 3])
        return self.op("Reshape", by_text, self.const([0, 0, 2 * hidden], np.int64))

    def _lstm_of_bytes(self, inputs: str, lengths: str, name: str) -> str:
        """States of an LSTM layer, [n, 2, b, h], computed in eight bits.

        The runtime scales inputs and states by the farthest of all texts that run side by side. SPARE inputs
        stand at both ends of the scale, and SPARE units, which count up and down as fast as any can, at
        both ends of what a state may be by then: so no text's scores hang on its neighbours.
        """
        hidden = self._weights[f"{name}.state"].shape[2]
        weights: list[list[str]] = []
        for part in ("input", "state"):
            names = [f"{name}.{part}.{what}" for what in ("bytes", "scale", "zero")]
            weights.append(names)
            if names[0] not in self._known:
                values, scale = in_bytes(widened(self._weights[f"{name}.{part}"]))
                zero = np.zeros(scale.shape, dtype=np.int8)
                for known, array in zip(names, (values, scale, zero), strict=True):
                    self.constants.append(numpy_helper.from_array(array, known))
                    self._known[known] = known
        bias = f"{name}.bias"
        if bias not in self._known:
            wide = widened_bias(self._weights[bias])
            self.constants.append(numpy_helper.from_array(wide, bias))
            self._known[bias] = bias
        cut = self.op("Clip", inputs, *map(self.const, ENDS[name]))
        for end in ENDS[name]:
            cut = self.op("Pad", cut, self.const([0, 0, 0, 0, 0, 1], np.int64), self.const(end))
        states = self.op(
            "DynamicQuantizeLSTM",
            self.op("Transpose", cut, perm=[1, 0, 2]),
            *(names[0] for names in weights),
            bias,
            lengths,
            *("", "", ""),  # states to begin with, peepholes
            *(one for names in weights for one in names[1:]),
            direction="bidirectional",
            hidden_size=hidden + SPARE,
            domain="com.microsoft",
        )
        ends = [self.const([at], np.int64) for at in (0, hidden, 3)]
        return self.op("Slice", states, *ends)

    def mask(self, like: str, lengths: str) -> str:
        """[b, n]: which places of `like` (b, n) are text."""
        size = self.op("Gather", self.op("Shape", like), self.const(1, np.int64))
        at = self.op("Range", self.const(0, np.int64), size, self.const(1, np.int64))
        counts = self.op("Cast", lengths, to=TensorProto.INT64)
        return self.op("Less", at, self.op("Unsqueeze", counts, self.const([1], np.int64)))


def write(path: Path, weights: dict[str, Array], *, eight_bits: bool = True) -> None:
    """Writes the graph of `Network.exported` weights."""
    g = Graph(weights, eight_bits=eight_bits)
    masks = {side: g.mask(f"{side}_chars", f"{side}_lengths") for side in "qp"}
    q, p = encoded(g, masks)
    scores = g.attention(p, q, "attend")
    c2q = g.op("MatMul", g.softmax(scores, g.row(masks["q"])), q)
    masked = g.op("Where", g.row(masks["q"]), scores, g.const(FAR))
    most = g.op("ReduceMax", masked, axes=[2], keepdims=0)
    q2c = g.op("MatMul", g.row(g.softmax(most, masks["p"])), p)
    joined = g.op("Concat", p, c2q, g.op("Mul", p, c2q), g.op("Mul", p, q2c), axis=2)
    mixed = g.op("Relu", g.linear(joined, "mix"))
    asked = g.op("MatMul", q, g.weight("pool"))
    pooled = g.op("MatMul", g.row(g.softmax(asked, masks["q"])), q)
    pooled = g.op("Squeeze", pooled, g.const([1], np.int64))

    first = g.lstm(mixed, "p_lengths", "model1")
    first = g.op("Add", first, itself(g, first, masks["p"]))
    second = g.lstm(first, "p_lengths", "model2")
    both = g.op("Concat", mixed, first, second, axis=2)
    hidden = g.op("Where", g.column(masks["p"]), second, g.const(FAR))
    most = g.op("ReduceMax", hidden, axes=[1], keepdims=0)
    hidden = g.op("Concat", most, pooled, *sought(g, q, second, masks), axis=1)
    null = g.linear(g.op("Relu", g.linear(hidden, "null1")), "null2")
    spans(g, both, masks["p"])
    g.nodes.append(helper.make_node("Squeeze", [null, g.const([1], np.int64)], ["null"]))

    graph = helper.make_graph(g.nodes, "reader", inputs(), outputs(), g.constants)
    domains = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=domains, ir_version=9, producer_name="wenbao")
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def encoded(g: Graph, masks: dict[str, str]) -> tuple[str, str]:
    """Question and passage after their first LSTM, each [b, n, 2 h]."""
    parts = {side: g.split(f"{side}_vectors", TOPIC, PIECE_DIM - TOPIC) for side in "qp"}
    inputs: dict[str, list[str]] = {"q": [], "p": []}
    for at in (0, 1):
        q_part, p_part = parts["q"][at], parts["p"][at]
        scores = g.op("MatMul", p_part, g.turned(q_part))
        aligned = g.op("MatMul", g.softmax(scores, g.row(masks["q"])), q_part)
        inputs["q"] += [q_part, q_part]
        inputs["p"] += [p_part, aligned]
        for side in "qp":
            if at == 0:
                chars = g.op("Gather", g.weight("chars"), f"{side}_chars")
                inputs[side] += [chars, f"{side}_feats"]
            else:
                inputs[side].append(g.op("Gather", g.weight("tags"), f"{side}_tags"))
    q, p = (
        g.lstm(g.op("Concat", *inputs[side], axis=2), f"{side}_lengths", "encode") for side in "qp"
    )
    return q, p


def itself(g: Graph, texts: str, mask: str) -> str:
    """What each place finds in the others of its text (Clark and Gardner 2018)."""
    size = g.op("Gather", g.op("Shape", texts), g.const(1, np.int64))
    at = g.op("Range", g.const(0, np.int64), size, g.const(1, np.int64))
    same = g.op("Equal", g.op("Unsqueeze", at, g.const([1], np.int64)), at)
    others = g.op("And", g.row(mask), g.op("Not", same))
    found = g.op("MatMul", g.softmax(g.attention(texts, texts, "self"), others), texts)
    joined = g.op("Concat", texts, found, g.op("Mul", texts, found), axis=2)
    kept = g.op("Cast", g.column(mask), to=TensorProto.FLOAT)
    return g.op("Mul", g.op("Relu", g.linear(joined, "self.mix")), kept)


def sought(g: Graph, q: str, passage: str, masks: dict[str, str]) -> tuple[str, str]:
    """What the places of a question find in the passage: most and mean of all, each [b, 2 h]."""
    scores = g.attention(q, passage, "seek")
    found = g.op("MatMul", g.softmax(scores, g.row(masks["p"])), passage)
    joined = g.op("Concat", q, found, g.op("Mul", q, found), axis=2)
    kept = g.op("Cast", g.column(masks["q"]), to=TensorProto.FLOAT)
    mixed = g.op("Mul", g.op("Relu", g.linear(joined, "seek.mix")), kept)
    most = g.op("ReduceMax", mixed, axes=[1], keepdims=0)
    places = g.const([1], np.int64)  # an input of this operator, an attribute of the other
    total, count = (g.op("ReduceSum", of, places, keepdims=0) for of in (mixed, kept))
    return most, g.op("Div", total, count)


def spans(g: Graph, both: str, mask: str) -> None:
    """The output `spans`, [b, n, MAX_SPAN]: start + end + a bilinear term, by start and length - 1."""
    width = g._weights["left"].shape[0]
    every = g.op("MatMul", both, g.stacked("left", "right", "start", "end"))
    left, right, start, end = g.split(every, width, width, 1, 1)
    end = g.op("Where", g.column(mask), end, g.const(FAR))
    pairwise = g.op("MatMul", left, g.turned(right))
    pairwise = g.op("Mul", pairwise, g.const(1 / math.sqrt(width)))
    full = g.op("Add", g.op("Add", pairwise, start), g.turned(end))
    pads = g.const([0, 0, 0, 0, 0, MAX_SPAN], np.int64)
    full = g.op("Pad", full, pads, g.const(FAR))
    shape = g.op("Shape", both)
    size = g.op("Gather", shape, g.const(1, np.int64))
    at = g.op("Range", g.const(0, np.int64), size, g.const(1, np.int64))
    at = g.op("Unsqueeze", at, g.const([1], np.int64))
    at = g.op("Add", at, g.const(np.arange(MAX_SPAN), np.int64))
    whole = g.op(
        "Concat",
        g.op("Slice", shape, g.const([0], np.int64), g.const([2], np.int64)),
        g.const([MAX_SPAN], np.int64),
        axis=0,
    )
    chosen = g.op("GatherElements", full, g.op("Expand", at, whole), axis=2)
    g.nodes.append(helper.make_node("Where", [g.column(mask), chosen, g.const(FAR)], ["spans"]))


def inputs() -> list[onnx.ValueInfoProto]:
    """Of question and passage alike: vectors, characters, features, tags, lengths."""
    out = []
    for side in "qp":
        size: list[str | int] = ["texts", f"{side}_size"]
        for name, kind, shape in (
            ("vectors", TensorProto.FLOAT, [*size, PIECE_DIM]),
            ("chars", TensorProto.INT64, size),
            ("feats", TensorProto.FLOAT, [*size, FEATURES]),
            ("tags", TensorProto.INT64, size),
            ("lengths", TensorProto.INT32, size[:1]),
        ):
            out.append(helper.make_tensor_value_info(f"{side}_{name}", kind, shape))
    return out


def outputs() -> list[onnx.ValueInfoProto]:
    """Scores of the spans and of "no answer"."""
    return [
        helper.make_tensor_value_info("spans", TensorProto.FLOAT, ["texts", "p_size", MAX_SPAN]),
        helper.make_tensor_value_info("null", TensorProto.FLOAT, ["texts"]),
    ]


def widened(weights: Array) -> Array:
    """Weights of an LSTM layer, [2, 4 h, i], as the quantised operator has them, with SPARE inputs and units.

    Returns:
        [2, i + SPARE, 4 (h + SPARE)]; what is spare weighs nothing.
    """
    sides, gates, inputs = weights.shape
    hidden = gates // 4
    out = np.zeros((sides, inputs + SPARE, 4, hidden + SPARE), dtype=np.float32)
    out[:, :inputs, :, :hidden] = weights.transpose(0, 2, 1).reshape(sides, inputs, 4, hidden)
    return out.reshape(sides, inputs + SPARE, -1)


def narrowed(weights: Array) -> Array:
    """The inverse of `widened`."""
    sides, inputs, gates = weights.shape
    kept = weights.reshape(sides, inputs, 4, -1)[:, : inputs - SPARE, :, : gates // 4 - SPARE]
    return kept.reshape(sides, inputs - SPARE, -1).transpose(0, 2, 1)


def widened_bias(bias: Array) -> Array:
    """Biases of an LSTM layer, [2, 8 h], with those of the units that count up and down, [2, 8 (h + SPARE)]."""
    kept = bias.reshape(len(bias), 8, -1)
    hidden = kept.shape[2]
    out = np.zeros((len(bias), 8, hidden + SPARE), dtype=np.float32)
    out[:, :, :hidden] = kept
    out[:, :4, hidden:] = SURE  # their gates are open,
    out[:, 3, hidden + 1] = -SURE  # and what comes in is 1, or of the second -1
    return out.reshape(len(bias), -1)


def in_bytes(weights: Array) -> tuple[NDArray[np.int8], Array]:
    """Weights [2, i, gates] as whole numbers, and what each gate's are multiples of, [2, gates]."""
    scale = (np.abs(weights).max(1) / MOST).astype(np.float32)
    scale[scale == 0] = 1.0
    return np.round(weights / scale[:, None]).astype(np.int8), scale


def read(path: Path) -> dict[str, Array]:
    """The trained tensors of a written graph, by name, as near to what was written as eight bits are."""
    known = {
        tensor.name: numpy_helper.to_array(tensor).astype(np.float32)
        for tensor in onnx.load(path).graph.initializer
        if not tensor.name.startswith("const")
    }
    for name in [name for name in known if name.endswith(".bytes")]:
        of = name.removesuffix(".bytes")
        known[of] = narrowed(known.pop(name) * known.pop(f"{of}.scale")[:, None])
        del known[f"{of}.zero"]
        layer, part = of.rsplit(".", 1)
        if part == "state":  # once for a layer
            bias = known[f"{layer}.bias"]
            known[f"{layer}.bias"] = bias.reshape(len(bias), 8, -1)[:, :, :-SPARE].reshape(
                len(bias), -1
            )
    return known
