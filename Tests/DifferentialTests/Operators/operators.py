"""operators.py [SEED]: tinygrad's operators on the GPU against numpy, more than 200 cases.

Prints `case NAME DIGEST` for each, where the digest is that of the bytes that came back: the same
seed gives the same lines wherever it runs. Ends with 1 when one differs from numpy. A block of
memory that is held all the time and checked at the end makes two of these too much for one GPU.
"""
import hashlib
import sys

import numpy
from tinygrad import Tensor, dtypes

HELD_MIB = 64
SHAPES = [(7, 13), (4, 5, 6)]

UNARY = {
  "neg": (lambda t: -t, lambda n: -n),
  "abs": (Tensor.abs, numpy.abs),
  "exp": (Tensor.exp, numpy.exp),
  "exp2": (Tensor.exp2, numpy.exp2),
  "sin": (Tensor.sin, numpy.sin),
  "cos": (Tensor.cos, numpy.cos),
  "tan": (Tensor.tan, numpy.tan),
  "tanh": (Tensor.tanh, numpy.tanh),
  "sigmoid": (Tensor.sigmoid, lambda n: 1 / (1 + numpy.exp(-n))),
  "relu": (Tensor.relu, lambda n: numpy.maximum(n, 0)),
  "square": (Tensor.square, numpy.square),
  "sign": (Tensor.sign, numpy.sign),
  "floor": (Tensor.floor, numpy.floor),
  "ceil": (Tensor.ceil, numpy.ceil),
  "trunc": (Tensor.trunc, numpy.trunc),
  "round": (Tensor.round, numpy.round),
  "softplus": (Tensor.softplus, lambda n: numpy.log1p(numpy.exp(n))),
  "swish": (Tensor.swish, lambda n: n / (1 + numpy.exp(-n))),
  "sinh": (Tensor.sinh, numpy.sinh),
  "cosh": (Tensor.cosh, numpy.cosh),
  "clip": (lambda t: t.clip(-0.5, 0.75), lambda n: numpy.clip(n, -0.5, 0.75)),
  "logical_not": (lambda t: (t > 0).logical_not(), lambda n: ~(n > 0)),
  "half": (lambda t: t.cast(dtypes.half), lambda n: n.astype(numpy.float16)),
  "int": (lambda t: (t * 9).cast(dtypes.int), lambda n: (n * 9).astype(numpy.int32)),
}
# Of numbers above 0 only.
POSITIVE = {
  "log": (Tensor.log, numpy.log),
  "log2": (Tensor.log2, numpy.log2),
  "sqrt": (Tensor.sqrt, numpy.sqrt),
  "rsqrt": (Tensor.rsqrt, lambda n: 1 / numpy.sqrt(n)),
  "reciprocal": (Tensor.reciprocal, lambda n: 1 / n),
}
BINARY = {
  "add": lambda a, b: a + b,
  "sub": lambda a, b: a - b,
  "mul": lambda a, b: a * b,
  "div": lambda a, b: a / (b * b + 1),
  "less": lambda a, b: a < b,
  "greater_equal": lambda a, b: a >= b,
  "equal": lambda a, b: a == b,
  "square_sum": lambda a, b: a * a + b * b,
}
REDUCTIONS = {
  "sum": (Tensor.sum, numpy.sum),
  "mean": (Tensor.mean, numpy.mean),
  "max": (Tensor.max, numpy.max),
  "min": (Tensor.min, numpy.min),
  "prod": (Tensor.prod, numpy.prod),
  "argmax": (Tensor.argmax, numpy.argmax),
  "argmin": (Tensor.argmin, numpy.argmin),
  "any": (lambda t, axis: (t > 1).any(axis), lambda n, axis: (n > 1).any(axis)),
  "all": (lambda t, axis: (t > -1).all(axis), lambda n, axis: (n > -1).all(axis)),
  "std": (Tensor.std, lambda n, axis: numpy.std(n, axis, ddof=1)),
  "var": (Tensor.var, lambda n, axis: numpy.var(n, axis, ddof=1)),
}
SHIFTED = {
  "softmax": (Tensor.softmax, lambda n, axis: numpy.exp(n) / numpy.exp(n).sum(axis, keepdims=True)),
  "log_softmax": (Tensor.log_softmax,
                  lambda n, axis: n - numpy.log(numpy.exp(n).sum(axis, keepdims=True))),
  "logsumexp": (Tensor.logsumexp, lambda n, axis: numpy.log(numpy.exp(n).sum(axis))),
  "cumsum": (Tensor.cumsum, numpy.cumsum),
  "flip": (Tensor.flip, numpy.flip),
  "roll": (lambda t, axis: t.roll(3, axis), lambda n, axis: numpy.roll(n, 3, axis)),
  "sort": (lambda t, axis: t.sort(axis)[0], numpy.sort),
}
MOVES = {
  "transpose": (lambda t: t.transpose(0, 1), lambda n: n.swapaxes(0, 1)),
  "flatten": (Tensor.flatten, numpy.ravel),
  "repeat": (lambda t: t.repeat(2, *[1] * (t.ndim - 1)),
             lambda n: numpy.tile(n, (2, *[1] * (n.ndim - 1)))),
  "pad": (lambda t: t.pad(tuple((1, 2) for _ in t.shape)), lambda n: numpy.pad(n, (1, 2))),
  "slice": (lambda t: t[1:3, ::2], lambda n: n[1:3, ::2]),
  "reverse_slice": (lambda t: t[::-1], lambda n: n[::-1]),
  "unsqueeze": (lambda t: t.unsqueeze(1), lambda n: n[:, None]),
  "cat": (lambda t: t.cat(t, dim=1), lambda n: numpy.concatenate([n, n], 1)),
  "stack": (lambda t: Tensor.stack(t, t), lambda n: numpy.stack([n, n])),
  "tril": (Tensor.tril, numpy.tril),
  "triu": (Tensor.triu, numpy.triu),
  "where": (lambda t: (t > 0).where(t, -2.0), lambda n: numpy.where(n > 0, n, numpy.float32(-2))),
  "index": (lambda t: t[Tensor([2, 0, 3])], lambda n: n[[2, 0, 3]]),
  "masked": (lambda t: t.masked_fill(t > 0, 4.0),
             lambda n: numpy.where(n > 0, numpy.float32(4), n)),
}
PRODUCTS = [((3, 4), (4, 5)), ((1, 16), (16, 1)), ((17, 9), (9, 11)), ((2, 3, 4), (2, 4, 5)),
            ((8, 8), (8, 8)), ((5, 1), (1, 5)), ((32, 33), (33, 2)), ((6,), (6, 3)),
            ((4, 2, 7), (7, 3)), ((64, 16), (16, 64))]


def cases(numbers):
  """Yields name, what tinygrad makes of it, what numpy makes of it."""
  def some(shape): return numbers.standard_normal(shape).astype(numpy.float32)

  for shape in SHAPES:
    dims = "x".join(map(str, shape))
    for name, (ours, theirs) in UNARY.items():
      n = some(shape)
      yield f"{name}-{dims}", ours(Tensor(n)), theirs(n)
    for name, (ours, theirs) in POSITIVE.items():
      n = numpy.abs(some(shape)) + numpy.float32(0.25)
      yield f"{name}-{dims}", ours(Tensor(n)), theirs(n)
    for name, both in BINARY.items():
      for kind, other in ("same", shape), ("row", shape[-1:]), ("one", (1,) * len(shape)):
        n, m = some(shape), some(other)
        yield f"{name}-{kind}-{dims}", both(Tensor(n), Tensor(m)), both(n, m)
    for name, (ours, theirs) in REDUCTIONS.items():
      for axis in 0, len(shape) - 1:
        n = some(shape)
        yield f"{name}-{axis}-{dims}", ours(Tensor(n), axis=axis), theirs(n, axis=axis)
    for name, (ours, theirs) in SHIFTED.items():
      n = some(shape)
      yield f"{name}-{dims}", ours(Tensor(n), 1), theirs(n, 1)
    for name, (ours, theirs) in MOVES.items():
      n = some(shape)
      yield f"{name}-{dims}", ours(Tensor(n)), theirs(n)
  for left, right in PRODUCTS:
    n, m = some(left), some(right)
    yield f"matmul-{left}-{right}".replace(" ", ""), Tensor(n) @ Tensor(m), n @ m


def main():
  numbers = numpy.random.default_rng(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
  held = numbers.integers(0, 1 << 31, HELD_MIB << 18, numpy.int32)
  block = Tensor(held).realize()
  count = wrong = 0
  for name, found, expected in cases(numbers):
    result = found.numpy()
    count += 1
    digest = hashlib.sha256(numpy.ascontiguousarray(result).tobytes()).hexdigest()[:16]
    print("case", name, digest, flush=True)
    if result.shape != expected.shape or not numpy.allclose(
        result.astype(float), expected.astype(float), rtol=2e-3, atol=2e-4):
      wrong += 1
      print("wrong", name, result, expected, flush=True)
  if not (block.numpy() == held).all():
    wrong += 1
    print("wrong: the block that was held")
  print("cases", count, "wrong", wrong)
  return 1 if wrong or count < 200 else 0


if __name__ == "__main__":
  sys.exit(main())
