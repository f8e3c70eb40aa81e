#!/usr/bin/env python3
"""Three programs that do not fit together on one GPU: alone, together, together under Tidelock.

Run it with `make demo`, which builds and fetches what it needs. Exit status 0 when every result
under Tidelock equals the result alone and every program was swapped out at least three times in
mid-work, 1 otherwise, 2 when it could not be tried.
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from screen import MIB, Screen, mib, table
from stage import Program, environment_with, stop

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SWAPS_MIN = 3
# What all of it should take on two cores. A machine that does other work besides gets three times
# as long, and is told; then the demo gives up, which is a failure.
SECONDS_MEANT = 300
SECONDS_MAX = 3 * SECONDS_MEANT
AGENT_SECONDS_MAX = 30
POLL_SECONDS = 0.2

# Name, class, share of capacity less reserve, steps, pause between steps alone and together. Two
# need 0.9 of it each, the three together 2.2 times it: the shares leave a little for rounding.
CAST = [
  ("train", "training", 0.918, 300, 0.0, 0.02),
  ("serve", "inference", 0.918, 12, 0.0, 1.5),
  ("notebook", "interactive", 0.412, 9, 0.0, 2.5),
]


class Trouble(Exception):
  """The demo cannot go on; the text says why and what to do."""


def quantity(text):
  """Bytes of `96MiB`, `8Gi`, `500M`."""
  found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)(i?)B?", text)
  if not found: raise argparse.ArgumentTypeError(f"'{text}' is no quantity like 96MiB or 8Gi")
  power = " KMGT".index(found[2] or " ")
  return int(float(found[1]) * (1024 if found[3] else 1000) ** power)


class Machine:
  """The GPU of this run, and how programs and agent reach it."""

  def __init__(self, options, build, folder):
    self.build, self.folder = build, folder
    self.real = options.gpu == "real"
    self.ballast = None
    if self.real:
      self.capacity = self.size_of_real(options.capacity)
    else:
      self.capacity = options.capacity or 96 * MIB
    # What cannot move: three contexts and the modules of three programs, measured 7.1 of 96 MiB.
    # The agent's own choice (a sixteenth) works too, but then it has to take the excess from the
    # programs and warns, and "capacity less reserve" below would promise what is not there.
    self.reserve = 2 << 30 if self.real else self.capacity * 3 // 32 // MIB * MIB
    self.simulated = os.path.join(build, "lib/tidelock/simulated")

  def size_of_real(self, wanted):
    asked = subprocess.run(
      [sys.executable, os.path.join(HERE, "programs/ballast.py"), "--total"],
      capture_output=True, text=True, timeout=60)
    if asked.returncode: raise Trouble(asked.stderr.strip())
    with open("/proc/meminfo", encoding="ascii") as lines:
      free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    size = min(wanted or int(asked.stdout), int(asked.stdout), free // 4) // MIB * MIB
    if size < 8 << 30:
      raise Trouble(f"a real GPU needs a capacity of 8Gi for this, here are {size >> 20}Mi: the "
                    "least of CAPACITY, the GPU's memory and a quarter of the free RAM")
    return size

  def environment(self, under_tidelock):
    """Tidelock itself sets what leads a program to the simulated driver; alone, we do."""
    common = {
      "DEV": "CUDA:PTX", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
      "XDG_CACHE_HOME": os.path.join(self.folder, "cache"),
    }
    if not self.real and not under_tidelock:
      common["TIDELOCK_SIMULATED_GPU"] = self.description("alone")
      paths = [self.simulated, os.environ.get("LD_LIBRARY_PATH", "")]
      common["LD_LIBRARY_PATH"] = ":".join(path for path in paths if path)
    return common

  def description(self, name):
    return f"{os.path.join(self.folder, name)},memory={self.capacity // MIB}MiB"

  def fill(self):
    """A real GPU is larger than the capacity chosen: takes the rest, as another user would."""
    if not self.real: return
    self.ballast = subprocess.Popen(
      [sys.executable, os.path.join(HERE, "programs/ballast.py"), str(self.capacity)],
      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if self.ballast.stdout.readline().strip() != "full":
      raise Trouble("the rest of the GPU could not be filled; choose a larger CAPACITY")

  def drain(self):
    if self.ballast:
      self.ballast.stdin.close()
      stop(self.ballast)
      self.ballast = None


class Agent:
  """A node agent of our own, for the third part."""

  def __init__(self, machine, mutant):
    self.program = os.path.join(machine.build, "bin/tidelock")
    self.socket = os.path.join(machine.folder, "agent.sock")
    self.log = os.path.join(machine.folder, "agent.log")
    command = [self.program, "agent", "--socket", self.socket,
               "--reserve", f"{machine.reserve // MIB}Mi"]
    if machine.real:
      command += ["--capacity", f"{machine.capacity // MIB}Mi"]
    else:
      path = os.path.join(machine.folder, "shared")
      command += [
        "--simulated-gpu", f"memory={machine.capacity // MIB}MiB,count=1,link=12GB/s,path={path}"]
    self.environment = environment_with(TIDELOCK_SOCKET=self.socket, TIDELOCK_MUTANT=mutant)
    with open(self.log, "w", encoding="utf-8") as log:
      self.process = subprocess.Popen(
        command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

  def wait_until_ready(self):
    deadline = time.monotonic() + AGENT_SECONDS_MAX
    while self.status() is None:
      if self.process.poll() is not None or time.monotonic() > deadline:
        word = "ended" if self.process.poll() is not None else "does not answer"
        raise Trouble(f"tidelock agent {word}; it said:\n{self.said()}")
      time.sleep(0.05)

  def said(self):
    with open(self.log, encoding="utf-8", errors="replace") as log:
      return "".join(f"    {line}" for line in log.readlines()[-15:]) or "    nothing"

  def status(self):
    """What `tidelock status --json` says, None when it fails."""
    try:
      asked = subprocess.run(
        [self.program, "status", "--json"], env=self.environment, capture_output=True,
        timeout=10)
      return json.loads(asked.stdout) if asked.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
      return None


class Watch:
  """What the status said so far about each program; rates are those of so many seconds."""

  def __init__(self, rate_seconds):
    self.rate_seconds = rate_seconds
    self.last, self.gpu = {}, None
    self.swaps = {}  # name: [swaps out when mid-work began, the last count within it]
    self.moved = {}  # name: [bytes out, bytes in]
    self.rates = (None, None)
    self.before = None  # moment, bytes out, bytes in

  def take(self, status, programs, mid_work_before):
    self.gpu = status["gpus"][0] if status.get("gpus") else None
    loads = {load["name"]: load for load in status.get("workloads", [])}
    for program in programs:
      load = loads.get(program.name)
      if not load: continue
      self.count_moves(program.name, load)
      # A sample counts only if all of it lies in mid-work.
      if program.name in mid_work_before and program.is_mid_work():
        count = self.swaps.setdefault(program.name, [load["swapsOut"], 0])
        count[1] = load["swapsOut"]
      self.last[program.name] = load
    now = time.monotonic()
    total = [sum(moved[way] for moved in self.moved.values()) for way in (0, 1)]
    if self.before and now - self.before[0] >= self.rate_seconds:
      self.rates = tuple((total[way] - self.before[1 + way]) / (now - self.before[0])
                         for way in (0, 1))
      self.before = None
    if self.before is None: self.before = (now, *total)

  def count_moves(self, name, load):
    """Bytes each way: the agent's own count where it gives one, else the changes we saw."""
    moved = self.moved.setdefault(name, [0, 0])
    if load.get("bytesOut") is not None:
      moved[:] = load["bytesOut"], load["bytesIn"]
      return
    change = load["swappedBytes"] - self.last.get(name, load)["swappedBytes"]
    moved[0 if change > 0 else 1] += abs(change)

  def mid_work_swaps(self, name):
    first, last = self.swaps.get(name, (0, 0))
    return max(0, last - first)


class Demo:
  def __init__(self, options, folder):
    self.screen = Screen()
    self.build = os.path.join(ROOT, "build-faults" if options.fault else "build")
    self.fault = options.fault
    self.mutant = fault_number(options.fault) if options.fault else None
    if not os.path.exists(os.path.join(self.build, "bin/tidelock")):
      raise Trouble(f"{self.build}/bin/tidelock is missing; run make demo, which builds it")
    self.machine = Machine(options, self.build, folder)
    self.room = self.machine.capacity - self.machine.reserve
    self.running = []
    self.began = time.monotonic()

  def seconds(self):
    return time.monotonic() - self.began

  def start(self, member, together, prefix=(), **changes):
    name, _, share, steps, alone_pause, pause = member
    command = [
      *prefix, sys.executable, os.path.join(HERE, "programs", f"{name}.py"),
      "--mib", str(int(self.room * share) // MIB), "--steps", str(steps),
      "--pause", str(pause if together else alone_pause)]
    program = Program(name, command, environment_with(**changes))
    self.running.append(program)
    return program

  def stop_all(self):
    for program in self.running: program.stop()
    self.running = []

  def alone(self):
    self.screen.say("1. Each program alone on the GPU")
    done, rows = {}, []
    for member in CAST:
      program = self.start(member, False, **self.machine.environment(False))
      while not program.ended():
        if self.seconds() > SECONDS_MAX:
          raise Trouble(f"{program.name} is not done alone after {SECONDS_MAX} s; "
                        "is the machine busy? run the demo when it is not")
        if self.screen.live:
          self.screen.draw([f"  {program.name:9s} step {program.step}/{program.steps or '?'}  "
                            f"{program.says}"])
        time.sleep(0.1)
      self.screen.erase()
      if program.failure():
        raise Trouble(f"{program.name} fails alone: {program.failure()}")
      done[program.name] = program
      rows.append([program.name, f"{program.memory_bytes / MIB:.1f}",
                   f"{program.memory_bytes / self.room:.2f}", f"{program.seconds():.1f}",
                   program.digest, program.says])
    head = ["program", "MiB", "of capacity less reserve", "seconds", "checksum", "says"]
    for line in table(head, rows): self.screen.say(line)
    self.check_sizes([program.memory_bytes / self.room for program in done.values()])
    return done

  def check_sizes(self, shares):
    if sum(share >= 0.9 for share in shares) < 2 or sum(shares) < 2.2:
      raise Trouble("the programs are smaller than the demo promises (two of 0.9, 2.2 in all); "
                    "choose a larger CAPACITY")
    self.screen.say(f"  together {sum(shares):.2f} times what the GPU has for them")

  def without(self):
    self.screen.say("\n2. Together, without Tidelock")
    self.machine.fill()
    try:
      programs = [self.start(member, True, **self.machine.environment(False)) for member in CAST]
      while self.seconds() < SECONDS_MAX:
        for program in [each for each in programs if each.ended() and each.failure()]:
          if not program.out_of_memory():
            raise Trouble(f"{program.name} fails, but not for memory: {program.failure()}")
          said = [line for line in program.errors if "memory" in line and "Error" in line]
          for line in dict.fromkeys(said[:1] + said[-1:]):
            self.screen.say(f"  {program.name} fails: {line}")
          return
        if all(program.ended() for program in programs): break
        time.sleep(0.1)
      raise Trouble("all three ran together without Tidelock: the GPU is larger than thought")
    finally:
      self.stop_all()
      self.machine.drain()

  def under_tidelock(self):
    self.screen.say("\n3. Together, under Tidelock")
    agent = Agent(self.machine, self.mutant)
    try:
      agent.wait_until_ready()
      self.screen.started_at = time.monotonic()
      # A line comes when a state changes, and should tell of the change before as well.
      watch, programs = Watch(0.5 if self.screen.live else 3), []
      for member in CAST:
        run = [agent.program, "run", "--name", member[0], "--class", member[1], "--"]
        programs.append(self.start(
          member, True, run, TIDELOCK_SOCKET=agent.socket, TIDELOCK_MUTANT=self.mutant,
          **self.machine.environment(True)))
      self.follow(agent, programs, watch)
      return programs, watch
    finally:
      self.stop_all()
      stop(agent.process)

  def follow(self, agent, programs, watch):
    while not all([program.ended() for program in programs]):
      if self.seconds() > SECONDS_MAX:
        states = ", ".join(f"{p.name} {watch.last.get(p.name, {}).get('state', 'unknown')} at "
                           f"step {p.step}/{p.steps or '?'}" for p in programs)
        self.screen.say(f"  not done after {SECONDS_MAX} s: {states}; stopped")
        return
      if agent.process.poll() is not None:
        self.screen.say(f"  tidelock agent ended; it said:\n{agent.said()}")
        return
      mid_work = {program.name for program in programs if program.is_mid_work()}
      status = agent.status()
      if status:
        watch.take(status, programs, mid_work)
        self.screen.show(programs, watch.last, watch.gpu, watch.rates)
      time.sleep(POLL_SECONDS)

  def verdict(self, alone, programs, watch):
    self.screen.say("\n4. What came of it")
    rows, wrong = [], []
    for program in programs:
      load, swaps = watch.last.get(program.name, {}), watch.mid_work_swaps(program.name)
      same = program.failure() is None and program.digest == alone[program.name].digest
      moved = watch.moved.get(program.name, [0, 0])
      rows.append([
        program.name, alone[program.name].digest, program.digest or "none",
        "yes" if same else "NO", swaps, load.get("swapsOut", 0), load.get("swapsIn", 0),
        mib(moved[0]), mib(moved[1]), f"{float(load.get('waitSeconds', 0)):.1f}",
        f"{program.seconds():.1f}"])
      if program.failure(): wrong.append(f"{program.name} failed: {program.failure()}")
      elif not same: wrong.append(f"{program.name}: the result differs from the result alone")
      if swaps < SWAPS_MIN:
        wrong.append(f"{program.name} was swapped out {swaps} times in mid-work, "
                     f"fewer than {SWAPS_MIN}")
    head = ["program", "alone", "with Tidelock", "equal", "out in mid-work", "out", "in",
            "MiB out", "MiB in", "s waited", "s in all"]
    for line in table(head, rows): self.screen.say(line)
    self.screen.say("  (out: times it gave up memory, a part each; in: times all of it came back)")
    for line in wrong: self.screen.say(f"  WRONG: {line}")
    if not wrong: self.screen.say("  Every result is equal to the last bit.")
    if self.fault:
      word = "was noticed: exit status 1, as it must be" if wrong else "was NOT noticed"
      self.screen.say(f"  The planted fault {self.fault} {word}.")
    seconds = self.seconds()
    late = f", LATE: {SECONDS_MEANT} are meant on two cores" if seconds > SECONDS_MEANT else ""
    self.screen.say(f"  It took {seconds:.0f} s{late}.")
    return 1 if wrong else 0

  def run(self):
    where = "NVIDIA GPU" if self.machine.real else "simulated GPU"
    self.screen.say(f"A {where} of {mib(self.machine.capacity)} MiB, of which "
                    f"{mib(self.machine.reserve)} are reserved for what cannot move.\n")
    alone = self.alone()
    self.without()
    return self.verdict(alone, *self.under_tidelock())


def fault_number(name):
  path = os.path.join(HERE, "faults.txt")
  with open(path, encoding="utf-8") as lines:
    known = dict(line.split()[:2] for line in lines if line.strip() and line[0] != "#")
  if name not in known:
    raise Trouble(f"there is no fault '{name}'; faults.txt has: {', '.join(known) or 'none'}")
  return known[name]


def main():
  parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
  parser.add_argument("--fault", help="a name from faults.txt: plant it; the demo must then fail")
  parser.add_argument("--gpu", choices=["simulated", "real"], default="simulated")
  parser.add_argument("--capacity", type=quantity, help="use so much of the GPU, as in 96MiB, 8Gi")
  options = parser.parse_args()
  signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
  # Shared memory: the simulated GPU and the agent's socket, gone with the demo.
  folder = tempfile.mkdtemp(prefix="tidelock-demo-", dir="/dev/shm")
  demo = None
  try:
    demo = Demo(options, folder)
    return demo.run()
  except Trouble as trouble:
    print(f"demo: {trouble}", file=sys.stderr)
    return 2
  except KeyboardInterrupt:
    print("\ndemo: interrupted; ending its programs and its agent", file=sys.stderr)
    return 130
  finally:
    if demo:
      demo.stop_all()
      demo.machine.drain()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
  sys.exit(main())
