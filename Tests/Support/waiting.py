"""Waiting for what happens in other processes."""
import time

# Longest wait for anything: two cores may be busy with somebody else's build.
PATIENCE = 120


def eventually(condition, what):
    """Waits until `condition` is true; its value."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE} s: {what}")
