#!/usr/bin/env python3
"""notebooks SCENARIO: real Jupyter kernels that share the simulated GPU, as a notebook drives them.

The test that starts this has an agent up and names it in TIDELOCK_SOCKET. Prints what was seen, and
ends with 1 at the first thing that is not as it must be.
"""
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import time

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

HERE = os.path.dirname(os.path.abspath(__file__))
TIDELOCK = os.environ["TIDELOCK_COMMAND"]
SHARED = "python3-shared-gpu"
# For one cell, its wait for the GPU included, on a machine that does other things as well.
CELL_SECONDS = 60


def need(condition, what):
    if not condition:
        raise AssertionError(what)


def status():
    answer = subprocess.run([TIDELOCK, "status", "--json"], capture_output=True, text=True,
                            timeout=30, check=True)
    return json.loads(answer.stdout)


def until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}; {json.dumps(status()['workloads'])}")


class Notebook:
    """One kernel, and what its cells answer."""

    def __init__(self, folder, kernel=SHARED):
        specs = KernelSpecManager(kernel_dirs=[os.path.join(folder, "share/jupyter/kernels")])
        self.manager = KernelManager(kernel_name=kernel, kernel_spec_manager=specs,
                                     shutdown_wait_time=2)
        self.manager.start_kernel(cwd=HERE)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=CELL_SECONDS)
        self.process = int(self.run("import os; print(os.getpid())"))

    def begin(self, code):
        return self.client.execute(code, store_history=False)

    def finish(self, message, early=None):
        """What the cell printed, and the name of the exception that ended it. With `early`, as
        soon as it has printed that."""
        end = time.monotonic() + CELL_SECONDS
        printed, problem = [], None
        while early is None or early not in "".join(printed):
            try:
                news = self.client.get_iopub_msg(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"the cell does not end; it printed {printed}; "
                                     f"{json.dumps(status()['workloads'])}") from None
            if news["parent_header"].get("msg_id") != message:
                continue
            content = news["content"]
            if news["msg_type"] == "stream":
                printed.append(content["text"])
            if news["msg_type"] == "error":
                problem = content["ename"]
                printed.append(f"{content['ename']}: {content['evalue']}\n")
            if news["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        return "".join(printed).strip(), problem

    def run(self, code):
        printed, problem = self.finish(self.begin(code))
        need(problem is None, f"{code}: {printed}")
        return printed

    def load(self, mib, seed):
        self.run(f"from device import Memory; memory = Memory({mib}, {seed}); total = 0")

    def step(self, value):
        """A cell that changes memory, looks at all of it and at what is on the CPU."""
        return self.run(f"total += {value}; memory.add({value}); print(memory.check() + "
                        f"(' and so is the rest' if memory.added == total else ' and no more'))")

    def state(self):
        return next((one for one in status()["workloads"] if one["pid"] == self.process), None)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def install(folder, *options):
    """`tidelock jupyter install` into a folder of its own."""
    subprocess.run([TIDELOCK, "jupyter", "install", "--prefix", folder, *options], check=True,
                   timeout=60)


def takes_turns(folder):
    """Two kernels that each need nine tenths of the GPU: twenty cells in turn."""
    install(folder, "--limit", "88MiB")
    one, two = Notebook(folder), Notebook(folder)
    need("This notebook has not used the GPU yet." in one.run("%tidelock"), "%tidelock at first")
    one.load(88, 1)
    two.load(88, 2)
    for cell in range(20):
        notebook = (one, two)[cell % 2]
        waited = notebook.state()["waitSeconds"]
        printed = notebook.step(cell + 1)
        if cell == 0:
            waited = notebook.state()["waitSeconds"] - waited
            print(f"the first cell waited {waited:.3f} s for the GPU")
        need("intact" in printed and "and so is the rest" in printed, printed)
    states = [one.state(), two.state()]
    need(all(state["swapsIn"] >= 9 for state in states), f"they took no turns: {states}")
    need(all(state["class"] == "interactive" for state in states), f"{states}")
    need(all(state["limitBytes"] == 88 << 20 for state in states), f"not a limit each: {states}")
    print(f"waited at the gate: {states[0]['waitSeconds']} s and {states[1]['waitSeconds']} s")
    shown = one.run("%tidelock")
    need(f"* study.ipynb (process {one.process})" in shown and "* this notebook" in shown, shown)
    need("88 MiB of 88 MiB on the GPU" in shown, shown)
    need("its memory comes back with its next use of the GPU" in shown, shown)
    print(shown)
    return one, two


def is_interrupted(folder):
    """A cell that waits for the GPU says so, and other notebooks see why; interrupted, it ends, and
    kernel and data live."""
    install(folder)
    holder, waiter, onlooker = Notebook(folder), Notebook(folder), Notebook(folder)
    waiter.load(88, 1)
    holder.load(88, 2)
    cells = [notebook.begin("memory.work(600)") for notebook in (holder, waiter)]
    told = f"waits until there is room; the GPU is held by study.ipynb (process {holder.process}"
    printed, problem = waiter.finish(cells[1], early=told)
    need(told in printed and problem is None, f"it does not say that it waits: {printed}")
    # The two take turns meanwhile, so either may be the one that waits just now.
    told = "waits until there is room; the GPU is held by study.ipynb (process "
    until(lambda: told in onlooker.run("%tidelock"), "%tidelock tells why one waits")
    until(lambda: waiter.state()["state"] == "waiting", "it waits again")
    for notebook, cell in ((waiter, cells[1]), (holder, cells[0])):
        began = time.monotonic()
        notebook.manager.interrupt_kernel()
        printed, problem = notebook.finish(cell)
        need(problem == "KeyboardInterrupt", f"{problem}: {printed}")
        print(f"interrupted {time.monotonic() - began:.1f} s after it was asked")
        need("this cell waited" in printed, f"it does not say how long it waited: {printed}")
    for notebook in (waiter, holder):
        # The cell is gone; memory is as its completed part left it.
        printed = notebook.run("memory.check(interrupted=1); memory.add(7); print(memory.check())")
        need("intact" in printed, printed)
    return holder, waiter, onlooker


def is_restarted(folder):
    """A kernel restarted while it waits is a new one; the other notices nothing."""
    install(folder)
    holder, waiter = Notebook(folder), Notebook(folder)
    waiter.load(88, 1)
    holder.load(88, 2)
    busy = holder.begin("print(memory.work(6))")
    until(lambda: holder.state()["state"] == "resident", "the holder works")
    waiter.begin("memory.work(60)")
    until(lambda: waiter.state()["state"] == "waiting", "the other one waits")
    before = waiter.process
    waiter.manager.restart_kernel()
    waiter.client.wait_for_ready(timeout=CELL_SECONDS)
    waiter.process = int(waiter.run("import os; print(os.getpid())"))
    need(waiter.process != before, "it is the same process")
    until(lambda: all(one["pid"] != before for one in status()["workloads"]), "the old one is gone")
    printed, problem = holder.finish(busy)
    need(problem is None and "intact" in printed, printed)
    waiter.load(88, 3)
    need("intact 9" in waiter.step(9), "the new one works")
    need("intact" in holder.step(9), "the other one works")
    return holder, waiter


def come_back_alone(folder):
    """Five kernels of one workload beside another that wants nearly all: a cell in one of them
    brings back that one and no other."""
    kernels = os.path.join(folder, "share/jupyter/kernels")
    os.makedirs(os.path.dirname(kernels))
    os.symlink(os.path.join(sys.prefix, "share/jupyter/kernels"), kernels)
    notebooks = [Notebook(folder, "python3") for _ in range(5)]
    for number, notebook in enumerate(notebooks):
        notebook.load(48, number)
    need(len({notebook.process for notebook in notebooks}) == 5, "five processes")
    rival = subprocess.Popen(
        [TIDELOCK, "run", "--name", "rival", "--", os.environ["TIDELOCK_WORKER"], "memory=232",
         "rounds=3", "linger=60000"], stdout=subprocess.PIPE, text=True)
    try:
        until(lambda: rival.stdout.readline().startswith("round 3"), "the rival had the GPU")
        rows = [notebook.state() for notebook in notebooks]
        need(sum(row["residentBytes"] == 0 for row in rows) >= 4, f"they left: {rows}")
        chosen = next(notebook for notebook, row in zip(notebooks, rows)
                      if row["residentBytes"] == 0)
        others = [notebook for notebook in notebooks if notebook is not chosen]
        before = [notebook.state() for notebook in others]
        began = time.monotonic()
        need("intact" in chosen.step(3), "the cell")
        print(f"the cell took {time.monotonic() - began:.3f} s")
        need(chosen.state()["residentBytes"] == 48 << 20, f"{chosen.state()}")
        after = [notebook.state() for notebook in others]
        # One that had a part there may have given way; none came in.
        alone = all(one["swapsIn"] == two["swapsIn"]
                    and two["residentBytes"] <= one["residentBytes"]
                    for one, two in zip(before, after))
        need(alone, f"others came back too: {before} {after}")
        for notebook in notebooks:
            need("intact" in notebook.step(4), "all of them in the end")
    finally:
        rival.kill()
        rival.communicate()
    return notebooks


def main():
    scenarios = {"turns": takes_turns, "interrupt": is_interrupted, "restart": is_restarted,
                 "workload": come_back_alone}
    # Test runners start programs with signals blocked; at a terminal none is.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    with tempfile.TemporaryDirectory(prefix="tidelock-notebooks-") as folder:
        os.environ["IPYTHONDIR"] = os.environ["JUPYTER_RUNTIME_DIR"] = folder + "/own"
        for notebook in scenarios[sys.argv[1]](folder):
            notebook.close()
    print("as it must be")


if __name__ == "__main__":
    main()
