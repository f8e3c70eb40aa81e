"""A program under Tidelock that another one makes leave: our own worker everywhere, and a torch
matmul loop where torch is installed."""
import importlib.util
import os
import subprocess
import sys
import tempfile
import time

TORCH_LOOP = """
import sys, torch
torch.manual_seed(1)
a = torch.randn(4096, 4096, device="cuda")
weights = [torch.randn(4096, 4096, device="cuda") / 64 for _ in range(int(sys.argv[1]))]
end = int(sys.argv[2])
for step in range(end):
    a = torch.tanh(a @ weights[step % len(weights)])
    torch.cuda.synchronize()
    if step % 50 == 0:
        print("round", step, flush=True)
print("sum", a.double().sum().item())
"""


def run(check, build, clients, simulated):
    tidelock = os.path.join(build, "bin/tidelock")
    capacity = 256 if simulated else 8192
    mib = capacity * 6 // 10
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "agent.sock")
        words = [tidelock, "agent", "--socket", socket, "--pool-size", f"{capacity * 2}Mi"]
        if simulated:
            words += ["--simulated-gpu",
                      f"memory={capacity}MiB,count=1,path={os.path.join(folder, 'gpu')}"]
        else:
            words += ["--capacity", f"{capacity}Mi"]
        log = open(os.path.join(folder, "agent.log"), "w+", encoding="utf-8")
        agent = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for_agent(tidelock, socket, agent, log)
            under = [tidelock, "run", "--socket", socket, "--name"]
            workers(check, under, clients, mib)
            if not simulated:
                torch_loop(check, under, clients, mib, folder)
        finally:
            agent.terminate()
            agent.wait(timeout=30)


def wait_for_agent(tidelock, socket, agent, log):
    for _ in range(200):
        if agent.poll() is not None:
            break
        asked = subprocess.run([tidelock, "status", "--json", "--socket", socket],
                               capture_output=True, check=False)
        if asked.returncode == 0:
            return
        time.sleep(0.1)
    log.seek(0)
    raise RuntimeError("the agent does not start: " + log.read().strip()[-200:])


def workers(check, under, clients, mib):
    """Two workers that do not fit together: both must find every byte again."""
    command = [os.path.join(clients, "worker"), f"memory={mib}", "blocks=8", "rounds=40",
               "check=10"]
    running = [subprocess.Popen([*under, name, "--", *command], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True) for name in ("one", "two")]
    outputs = [process.communicate(timeout=90)[0] for process in running]
    intact = all("intact" in output for output in outputs)
    check.row("two workers that do not fit together keep their bytes", intact)
    if not intact:
        raise RuntimeError(" | ".join(output.strip()[-150:] for output in outputs))


def torch_loop(check, under, clients, mib, folder):
    """May fail: reported, not counted as a failure of the check."""
    what = "torch matmul loop under a forced swap equals the one alone"
    if importlib.util.find_spec("torch") is None:
        check.row(what, None, note="torch is not installed")
        return
    script = os.path.join(folder, "loop.py")
    with open(script, "w", encoding="utf-8") as file:
        file.write(TORCH_LOOP)
    words = [sys.executable, script, str(mib // 64), "1500"]
    try:
        alone = [subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
                 .stdout.splitlines()[-1] for _ in range(2)]
        if alone[0] != alone[1]:
            check.row(what, None, note="torch does not repeat itself even alone")
            return
        loop = subprocess.Popen([*under, "torch", "--", *words], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
        intruder = subprocess.run(
            [*under, "intruder", "--", os.path.join(clients, "worker"), f"memory={mib}",
             "rounds=20"], capture_output=True, text=True, timeout=60, check=False)
        output = loop.communicate(timeout=60)[0]
        same = bool(output.strip()) and output.splitlines()[-1] == alone[0]
        check.row(what, same and "intact" in intruder.stdout,
                  note="" if same else output.strip()[-200:])
    except (subprocess.SubprocessError, IndexError) as problem:
        check.row(what, False, note=str(problem)[-200:])
