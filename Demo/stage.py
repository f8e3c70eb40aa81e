"""Runs a program of the demo and reads what it says about itself."""
import collections
import os
import re
import signal
import subprocess
import threading
import time

STEP = re.compile(r"step (\d+)/(\d+) (.*)")
RESULT = re.compile(r"result ([0-9a-f]+) (.*)")


class Program:
  """One process. `lines` arrive on threads of their own; read the fields at any time."""

  def __init__(self, name, command, environment):
    self.name = name
    self.memory_bytes = 0
    self.step, self.steps, self.says = 0, 0, "starting"
    self.digest = None
    self.began_at = self.nearly_done_at = None
    self.errors = collections.deque(maxlen=400)
    self.started_at = time.monotonic()
    self.ended_at = None
    self.process = subprocess.Popen(
      command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
      stderr=subprocess.PIPE, text=True, errors="replace")
    self.readers = [
      threading.Thread(target=self.read_lines, daemon=True),
      threading.Thread(target=self.read_errors, daemon=True)]
    for reader in self.readers: reader.start()

  def read_lines(self):
    for line in self.process.stdout:
      line = line.strip()
      if line.startswith("memory "):
        self.memory_bytes = int(line.split()[1])
        self.says = "loaded"
      elif found := STEP.fullmatch(line):
        self.step, self.steps, self.says = int(found[1]), int(found[2]), found[3]
        # Mid-work lies between these two: after its first launch and surely before its last one.
        if self.step == 1: self.began_at = time.monotonic()
        if self.step == self.steps - 1: self.nearly_done_at = time.monotonic()
      elif found := RESULT.fullmatch(line):
        self.digest, self.says = found[1], found[2]

  def read_errors(self):
    for line in self.process.stderr: self.errors.append(line.rstrip())

  def ended(self):
    """Whether the process is gone and everything it wrote was read."""
    if self.process.poll() is None: return False
    for reader in self.readers: reader.join(timeout=2)
    if self.ended_at is None: self.ended_at = time.monotonic()
    return True

  def seconds(self):
    return (self.ended_at or time.monotonic()) - self.started_at

  def is_mid_work(self):
    return self.began_at is not None and self.nearly_done_at is None

  def failure(self):
    """Why it did not deliver, None when it did."""
    status = self.process.returncode
    if status == 0 and self.digest: return None
    last = next((line for line in reversed(self.errors) if line), "nothing on standard error")
    if status is None: return "it is still running"
    if status < 0: return f"it was ended by {signal.Signals(-status).name}; {last}"
    if status == 0: return "it ended without a result line"
    return f"exit status {status}; {last}"

  def out_of_memory(self):
    return any("out of memory" in line or "MemoryError" in line for line in self.errors)

  def stop(self):
    stop(self.process)
    self.ended()


def stop(process, patience_seconds=5):
  """Asks a process to end, then ends it."""
  if process.poll() is not None: return
  process.terminate()
  try:
    process.wait(timeout=patience_seconds)
  except subprocess.TimeoutExpired:
    process.kill()
    process.wait()


def environment_with(**changes):
  """This process's environment without what would lead a program elsewhere, and with changes."""
  kept = {name: value for name, value in os.environ.items()
          if not name.startswith(("TIDELOCK_", "LD_")) or name == "LD_LIBRARY_PATH"}
  kept.update({name: value for name, value in changes.items() if value is not None})
  return kept
