#!/usr/bin/env python3
"""An inference server: names the digit in a picture by its nearest neighbour, in bursts.

Its memory is an index of known digits in lists. A request searches a window of one list, and notes
for every entry of the window how often it was the answer.
"""
import random

from tinygrad import Tensor, TinyJit, Variable, dtypes

import digits

WINDOW = 1024
BURST = 10


@TinyJit
def nearest(images, labels, hits, query, row):
  """Label of the entry of the window that is nearest to the query; marks the entry."""
  window = images[row:row + WINDOW].cast(dtypes.int32)
  distance = (window - query.cast(dtypes.int32)).square().sum(axis=1).contiguous()
  best = distance == distance.min()
  counted = hits[row:row + WINDOW].assign(hits[row:row + WINDOW] + best.cast(dtypes.int32))
  label = best.where(labels[row:row + WINDOW].cast(dtypes.int32), 0).max()
  Tensor.realize(label, counted)
  return label


def main():
  options = digits.options(__doc__.split("\n")[0], mib=82, steps=14, pause=1.5)
  rows = options.rows
  supply = digits.Augmented()
  lists = []
  for number in range(options.mib * digits.MIB // (rows * (digits.PIXELS + 5))):
    images, labels = supply.shard(number, rows)
    lists.append((
      digits.on_device(images, rows, digits.PIXELS), digits.on_device(labels, rows),
      digits.zeros(rows, dtype=dtypes.int32)))
  everything = [tensor for entry in lists for tensor in entry]

  row = Variable("row", 0, rows - WINDOW)
  draw = random.Random(23)
  asked = right = 0
  progress = digits.Progress(options.steps, everything)
  for burst in range(options.steps):
    for _ in range(BURST):
      # Pictures the index does not hold: other contrasts, taken from far along the supply.
      number = draw.randrange(1000, 2000)
      pictures, answers = supply.shard(number, 256)
      chosen = draw.randrange(256)
      picture = pictures[chosen * digits.PIXELS:(chosen + 1) * digits.PIXELS]
      query = digits.on_device(picture, 1, digits.PIXELS)
      entry = lists[draw.randrange(len(lists))]
      at = draw.randrange(rows - WINDOW + 1)
      label = nearest(*entry, query, row.bind(at)).item()
      asked, right = asked + 1, right + (label == answers[chosen])
    progress.done(burst, f"{right} of {asked} right")
    digits.rest(options.pause)
  progress.result(everything, f"{right} of {asked} right")


if __name__ == "__main__":
  main()
