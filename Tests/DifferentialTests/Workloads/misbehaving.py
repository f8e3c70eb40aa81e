"""A workload without a GPU that ends as MISBEHAVIOUR says; in most ways under Tidelock only."""
import os
import random
import signal
import time

import workload

how = os.environ["MISBEHAVIOUR"]
if how == "needs what is not there":
    workload.need("a_framework_that_nobody_has")
if how == "needs what is broken":
    workload.need("broken")


class Misbehaving:
    using = "nothing 1.0"

    def __init__(self, said):
        self.seed = said.seed
        self.shared = "TIDELOCK_SOCKET" in os.environ
        self.number = 0
        if how == "finds no driver under Tidelock" and self.shared:
            workload.missing("a driver")

    def round(self, number):
        self.number = number
        if how == "hangs" and self.shared and number > workload.ROUNDS_PER_CHECK:
            time.sleep(3600)
        if how == "crashes" and self.shared and number > 2 * workload.ROUNDS_PER_CHECK:
            os.kill(os.getpid(), signal.SIGSEGV)

    def contents(self):
        changed = how == "differs" and self.shared and self.number > workload.ROUNDS_PER_CHECK
        value = random.random() if how == "never repeats itself" else self.number + changed
        seed = 0 if how == "ignores its seed" else self.seed
        yield f"{seed} {value}".encode()


workload.main(Misbehaving)
