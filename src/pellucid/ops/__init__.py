"""The primitive operations; importing this package fills the graph's table of them."""

from pellucid.ops.elementwise import (
    abs,
    add,
    cast,
    clip,
    divide,
    equal,
    erf,
    exp,
    less,
    less_equal,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    negate,
    power,
    sigmoid,
    sign,
    sqrt,
    subtract,
    tanh,
    where,
)
from pellucid.ops.index import gather, one_hot, scatter_add
from pellucid.ops.linear import matmul
from pellucid.ops.move import broadcast_to, concatenate, pad, reshape, slice, transpose
from pellucid.ops.random import bernoulli, normal, permutation, uniform
from pellucid.ops.reduce import (
    argmax,
    count,
    log_softmax,
    logsumexp,
    max,
    mean,
    softmax,
    sum,
)
