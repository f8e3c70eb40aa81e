"""The handwritten digits that ship inside scikit-learn, and what the three programs share.

No numpy: the images stay bytes, so that the programs run wherever tinygrad alone is installed.
"""
import argparse
import gzip
import hashlib
import importlib.util
import os
import sys
import time

from tinygrad import Device, Tensor, dtypes

PIXELS = 64
SIDE = 8
MIB = 1 << 20
ROWS = 16384


def load():
  """Returns 1797 images of 8 by 8 pixels, 0 to 16, as bytes, and their labels as bytes."""
  found = importlib.util.find_spec("sklearn")
  if found is None or not found.submodule_search_locations:
    sys.exit("digits: scikit-learn is not installed here; make setup installs it into .venv")
  path = os.path.join(found.submodule_search_locations[0], "datasets/data/digits.csv.gz")
  with gzip.open(path, "rt") as table:
    rows = [[int(float(word)) for word in line.split(",")] for line in table]
  return b"".join(bytes(row[:PIXELS]) for row in rows), bytes(row[PIXELS] for row in rows)


def shifted(images, right, down):
  """All images moved by some pixels; what leaves the frame is lost, what enters is empty."""
  moved = []
  for start in range(0, len(images), PIXELS):
    lines = [images[at:at + SIDE] for at in range(start, start + PIXELS, SIDE)]
    if right > 0: lines = [bytes(right) + line[:-right] for line in lines]
    if right < 0: lines = [line[-right:] + bytes(-right) for line in lines]
    if down > 0: lines = [bytes(SIDE)] * down + lines[:-down]
    if down < 0: lines = lines[-down:] + [bytes(SIDE)] * -down
    moved += lines
  return b"".join(moved)


class Augmented:
  """An endless supply of digits, moved by a pixel and with other contrasts, always the same."""

  def __init__(self):
    images, self.labels = load()
    self.count = len(self.labels)
    moves = [(right, down) for right in (-1, 0, 1) for down in (-1, 0, 1)]
    moved = [shifted(images, right, down) for right, down in moves]
    # Each set moves neighbouring images differently.
    self.moved = [
      b"".join(moved[(first + at) % len(moves)][at * PIXELS:(at + 1) * PIXELS]
               for at in range(self.count)) for first in range(len(moves))]

  def images_of(self, variant):
    gain, floor = 9 + variant % 4, variant // 4 % 16
    contrast = bytes(min(255, floor + gain * min(value, 16)) for value in range(256))
    return self.moved[variant % len(self.moved)].translate(contrast)

  def shard(self, number, rows):
    """Rows of images and of labels, both as bytes; every number gives different ones."""
    images, labels = bytearray(), bytearray()
    variant = number * (rows // self.count + 1)
    first = number * 257 % self.count
    while len(labels) < rows:
      images += self.images_of(variant)[first * PIXELS:]
      labels += self.labels[first:]
      first, variant = 0, variant + 1
    return bytes(images[:rows * PIXELS]), bytes(labels[:rows])


def on_device(data, *shape):
  """Bytes as a tensor in the device's memory, copied by the time this returns."""
  tensor = Tensor(data, dtype=dtypes.uint8).realize()
  Device[tensor.device].synchronize()
  return tensor.reshape(*shape)


def zeros(*shape, dtype):
  return Tensor.zeros(*shape, dtype=dtype).contiguous().realize()


def checksum(tensors):
  """A digest of every byte of the tensors, in order."""
  digest = hashlib.sha256()
  for tensor in tensors:
    digest.update(tensor.data())
  return digest.hexdigest()[:16]


class Progress:
  """Says what the program does, one line at a time, as the demo reads it."""

  def __init__(self, steps, tensors):
    self.steps = steps
    print(f"memory {sum(tensor.nbytes() for tensor in tensors)}", flush=True)

  def done(self, step, text):
    print(f"step {step + 1}/{self.steps} {text}", flush=True)

  @staticmethod
  def result(tensors, text):
    print(f"result {checksum(tensors)} {text}", flush=True)


def options(description, mib, steps, pause):
  parser = argparse.ArgumentParser(description=description)
  parser.add_argument("--mib", type=int, default=mib, help="device memory to fill")
  parser.add_argument("--steps", type=int, default=steps)
  parser.add_argument("--pause", type=float, default=pause, help="seconds of doing nothing")
  chosen = parser.parse_args()
  # Larger memory is filled with larger pieces, so that their number stays about the same.
  chosen.rows = ROWS << max(0, (chosen.mib // mib).bit_length() - 1)
  return chosen


def rest(seconds):
  if seconds > 0: time.sleep(seconds)
