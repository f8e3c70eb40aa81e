"""What the demo shows while programs run: a picture on a terminal, lines elsewhere."""
import os
import shutil
import sys
import time

MIB = 1 << 20
BAR = 20


def mib(count):
  """Bytes as text in MiB, a dash when the reading is missing."""
  return "-" if count is None else f"{count / MIB:.0f}"


def table(head, rows):
  """Lines of a table with columns as wide as they must be; numbers to the right."""
  widths = [max(len(str(row[at])) for row in [head, *rows]) for at in range(len(head))]
  def line(row):
    cells = []
    for at, cell in enumerate(row):
      text = str(cell)
      left = at == 0 or not (text[:1].isdigit() or text == "-") and row is not head
      cells.append(text.ljust(widths[at]) if left else text.rjust(widths[at]))
    return "  " + "  ".join(cells).rstrip()
  return [line(head), "  " + "  ".join("-" * width for width in widths), *map(line, rows)]


def bar(resident, footprint, limit):
  """A stretch of `#` for what is resident and `.` for what is in CPU memory."""
  if not limit or footprint is None: return " " * BAR
  inside = min(BAR, round(BAR * (resident or 0) / limit))
  outside = max(0, min(BAR, round(BAR * footprint / limit)) - inside)
  return ("#" * inside + "." * outside).ljust(BAR)


class Screen:
  def __init__(self):
    self.live = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    self.drawn = 0
    self.started_at = time.monotonic()
    self.last_lines = {}

  def say(self, text=""):
    """A line that stays."""
    self.erase()
    print(text, flush=True)

  def erase(self):
    if self.drawn: sys.stdout.write(f"\x1b[{self.drawn}A\x1b[J")
    self.drawn = 0

  def show(self, programs, workloads, gpu, rates):
    """`workloads` by name as `tidelock status` has them; `rates` is (out, in) bytes a second."""
    if self.live:
      self.draw(self.picture(programs, workloads, gpu, rates))
    else:
      self.lines(programs, workloads, rates)

  def picture(self, programs, workloads, gpu, rates):
    capacity = gpu.get("capacityBytes") if gpu else None
    seconds = time.monotonic() - self.started_at
    lines = [f"  {seconds:6.1f} s   resident {mib(gpu.get('residentBytes') if gpu else None)} of "
             f"{mib(capacity)} MiB   out {mib(rates[0])} MiB/s   in {mib(rates[1])} MiB/s"]
    for program in programs:
      load = workloads.get(program.name, {})
      state = load.get("state", "starting")
      resident, footprint = load.get("residentBytes"), load.get("footprintBytes")
      if program.process.poll() is not None: state, resident, footprint = "finished", 0, 0
      lines.append(
        f"  {program.name:9s}{state:13s}[{bar(resident, footprint, capacity)}]"
        f"{mib(resident):>5s}/{mib(footprint):5s}"
        f"out {load.get('swapsOut', 0):<3d} in {load.get('swapsIn', 0):<3d} "
        f"{program.step}/{program.steps or '?'}  {program.says}")
    lines.append("  # on the GPU   . in CPU memory")
    return lines

  def draw(self, lines):
    width = shutil.get_terminal_size().columns - 1
    self.erase()
    sys.stdout.write("".join(line[:width] + "\n" for line in lines))
    sys.stdout.flush()
    self.drawn = len(lines)

  def lines(self, programs, workloads, rates):
    """One line per program whenever its state changed, with what all of them move just then."""
    for program in programs:
      load = workloads.get(program.name)
      if not load or program.process.poll() is not None: continue
      if self.last_lines.get(program.name) == load["state"]: continue
      self.last_lines[program.name] = load["state"]
      print(f"  {time.monotonic() - self.started_at:6.1f} s  {program.name:9s} "
            f"{load['state']:13s} {mib(load['residentBytes']):>5s} of "
            f"{mib(load['footprintBytes']):>5s} MiB on the GPU, out {load['swapsOut']}, "
            f"in {load['swapsIn']}, step {program.step}/{program.steps or '?'}; moving "
            f"{mib(rates[0])} MiB/s out, {mib(rates[1])} MiB/s in", flush=True)
