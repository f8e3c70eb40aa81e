#!/usr/bin/env python3
"""Trains a small network on many augmented copies of the handwritten digits.

Most of its memory is the data set, of which each step reads one batch, and what it keeps of the
past: the last loss of every sample and a ring of earlier weights, of which each step writes a part.
"""
import random

from tinygrad import Tensor, TinyJit, Variable, dtypes

import digits

BATCH = 64
HIDDEN = 32


class Network:
  """64 pixels, one hidden layer, ten digits; weights and their momentum in one tensor each."""

  def __init__(self):
    draw = random.Random(7)
    sizes = [(digits.PIXELS, HIDDEN), (HIDDEN, 10)]
    self.weights = [
      Tensor([draw.gauss(0, size[0] ** -0.5) for _ in range(size[0] * size[1])]).reshape(*size)
      .contiguous().realize() for size in sizes]
    self.momentum = [Tensor.zeros(*size).contiguous().realize() for size in sizes]

  def losses(self, images, labels):
    logits = (images.float() / 64).matmul(self.weights[0]).relu().matmul(self.weights[1])
    wanted = labels.cast(dtypes.int32).reshape(-1, 1) == Tensor.arange(10).reshape(1, 10)
    return (logits.logsumexp(axis=1) - wanted.where(logits, 0).sum(axis=1))

  def learn(self, images, labels):
    """One step of gradient descent; returns the loss of each sample and all weights in a row."""
    losses = self.losses(images, labels)
    gradients = losses.mean().gradient(*self.weights)
    changes = []
    for weight, momentum, gradient in zip(self.weights, self.momentum, gradients):
      velocity = (momentum * 0.9 + gradient).contiguous()
      changes += [momentum.assign(velocity), weight.assign(weight - velocity * 0.05)]
    flat = Tensor.cat(*[weight.flatten() for weight in self.weights])
    return losses, flat, changes


def main():
  options = digits.options(__doc__.split("\n")[0], mib=82, steps=150, pause=0.0)
  rows = options.rows
  network, supply = Network(), digits.Augmented()
  width = sum(weight.numel() for weight in network.weights)

  # Four fifths data, the rest the ring.
  shards = []
  for number in range(options.mib * digits.MIB * 4 // 5 // (rows * (digits.PIXELS + 5))):
    images, labels = supply.shard(number, rows)
    shards.append((
      digits.on_device(images, rows, digits.PIXELS), digits.on_device(labels, rows),
      digits.zeros(rows, dtype=dtypes.float32)))
  left = options.mib * digits.MIB - sum(tensor.nbytes() for shard in shards for tensor in shard)
  slots = left // (4 * width)
  ring = digits.zeros(slots, width, dtype=dtypes.float32)
  everything = [*network.weights, *network.momentum, ring, *(t for s in shards for t in s)]

  row = Variable("row", 0, rows - BATCH)
  slot = Variable("slot", 0, slots - 1)

  @TinyJit
  def step(images, labels, last, row, slot):
    losses, flat, changes = network.learn(
      images[row:row + BATCH], labels[row:row + BATCH])
    kept = last[row:row + BATCH].assign(losses)
    saved = ring[slot:slot + 1].assign(flat.reshape(1, width))
    mean = losses.mean()
    Tensor.realize(mean, kept, saved, *changes)
    return mean

  progress = digits.Progress(options.steps, everything)
  draw = random.Random(11)
  for number in range(options.steps):
    shard = shards[number * 7 % len(shards)]
    at, save = draw.randrange(rows - BATCH + 1), draw.randrange(slots)
    loss = step(*shard, row.bind(at), slot.bind(save)).item()
    progress.done(number, f"loss {loss:.3f}")
    digits.rest(options.pause)
  progress.result(everything, f"loss {loss:.6f}")


if __name__ == "__main__":
  main()
