#!/usr/bin/env python3
"""A notebook: a person loads digits, runs a cell, thinks, runs the next one.

Its memory is a table of pictures and what earlier cells worked out from them. A cell looks at one
part of the pictures, and writes its findings into another.
"""
import random

from tinygrad import Tensor, TinyJit, Variable, dtypes

import digits

PART = 1024


@TinyJit
def explore(images, features, row):
  """Centres a part of the pictures, keeps that, and finds where they differ most."""
  part = images[row:row + PART].float() / 256
  centred = (part - part.mean(axis=0, keepdim=True)).contiguous()
  kept = features[row:row + PART].assign(centred)
  direction = Tensor.ones(digits.PIXELS, 1) / 8
  for _ in range(3):
    scores = centred.matmul(direction).contiguous()
    direction = centred.transpose(0, 1).matmul(scores).contiguous()
    direction = (direction / direction.square().sum().sqrt()).contiguous()
  spread = centred.matmul(direction).square().mean()
  Tensor.realize(spread, kept)
  return spread


def main():
  options = digits.options(__doc__.split("\n")[0], mib=37, steps=9, pause=3.0)
  rows = options.rows
  supply = digits.Augmented()
  blocks = []
  for number in range((options.mib * digits.MIB - 1) // (rows * digits.PIXELS * 5)):
    images, _ = supply.shard(number, rows)
    blocks.append((
      digits.on_device(images, rows, digits.PIXELS),
      digits.zeros(rows, digits.PIXELS, dtype=dtypes.float32)))
  left = options.mib * digits.MIB - sum(tensor.nbytes() for block in blocks for tensor in block)
  notes = digits.zeros(left // 4096 * 1024, dtype=dtypes.float32)
  everything = [notes, *(tensor for block in blocks for tensor in block)]

  row = Variable("row", 0, rows - PART)
  note = Variable("note", 0, notes.shape[0] - 1)

  @TinyJit
  def write_down(value, note):
    return notes[note:note + 1].assign(value.reshape(1)).realize()

  progress = digits.Progress(options.steps, everything)
  draw = random.Random(31)
  for cell in range(options.steps):
    for _ in range(4):
      block = blocks[draw.randrange(len(blocks))]
      spread = explore(*block, row.bind(draw.randrange(rows - PART + 1)))
      write_down(spread, note.bind(draw.randrange(notes.shape[0])))
    text = f"spread {spread.item():.4f}"
    progress.done(cell, text)
    digits.rest(options.pause)
  progress.result(everything, text)


if __name__ == "__main__":
  main()
