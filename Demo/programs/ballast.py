#!/usr/bin/env python3
"""Fills a real GPU up to a given rest, so that it is as small for others as the demo needs it.

Usage: ballast.py BYTES-TO-LEAVE. Prints `full` when done, gives the memory back when stdin ends.
With `--total` it only prints the device's memory in bytes.
"""
import ctypes
import sys


def main():
  try:
    driver = ctypes.CDLL("libcuda.so.1")
  except OSError as error:
    sys.exit(f"ballast: no NVIDIA driver here ({error}); leave GPU=real out")

  def call(name, *arguments):
    status = getattr(driver, name)(*arguments)
    if status: sys.exit(f"ballast: {name} failed with error {status}")

  device, total = ctypes.c_int(), ctypes.c_size_t()
  call("cuInit", 0)
  call("cuDeviceGet", ctypes.byref(device), 0)
  call("cuDeviceTotalMem_v2", ctypes.byref(total), device)
  if sys.argv[1] == "--total":
    print(total.value)
    return
  context, free = ctypes.c_void_p(), ctypes.c_size_t()
  call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
  call("cuCtxSetCurrent", context)
  call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
  take = free.value - int(sys.argv[1])
  if take > 0:
    call("cuMemAlloc_v2", ctypes.byref(ctypes.c_uint64()), ctypes.c_size_t(take))
  print("full", flush=True)
  sys.stdin.read()


if __name__ == "__main__":
  main()
