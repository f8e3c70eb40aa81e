#pragma once
// A probe finds out how a driver behaves and prints it: one line `finding: value` for each finding.
// A value is the same in every run on one driver: no addresses, no times.
#include "driver.h"

struct probe {
  const char *name;
  void (*run)(void);
};

// One table for each topic; main.c lists them.
extern const struct probe vmm_probes[], vmm_access_probes[], memory_probes[], copy_probes[],
    stream_probes[], event_probes[], capture_probes[], graph_probes[], resolver_probes[],
    context_probes[], error_probes[], host_probes[], module_probes[], launch_probes[], ptx_probes[],
    process_probes[], graph_memory_probes[];

/// Prints a finding.
void say(const char *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Prints `yes` or `no`.
void say_if(const char *finding, bool value);
/// Prints a status by the name of its constant; returns it.
CUresult say_code(const char *finding, CUresult status);
/// `CUDA_ERROR_OUT_OF_MEMORY`, or the number of a status not in the table.
const char *code_name(CUresult status);
/// Ends the probe with a line when something it needs is refused.
void need(CUresult status, const char *what);

#define FIND(finding, name, ...) say_code(finding, drv(name)(__VA_ARGS__))
#define MUST(name, ...) need(drv(name)(__VA_ARGS__), #name)

enum { MIB = 1 << 20, CHUNK = 2 << 20 };

/// `cuInit`, device 0, a new context, current.
CUcontext begin(void);
/// Device memory of `bytes`, filled with `byte`.
CUdeviceptr device_memory(size_t bytes, int byte);
/// The four bytes at an address; all ones if the copy fails.
uint32_t word_at(CUdeviceptr address);
/// Whether `bytes` from `address` on all hold `byte`.
bool holds(CUdeviceptr address, size_t bytes, uint8_t byte);

/// Physical memory of device 0; `CHUNK` is a multiple of every known granularity.
CUmemAllocationProp device_property(void);
CUmemGenericAllocationHandle physical_memory(size_t bytes);
CUdeviceptr reservation(size_t bytes);
CUresult grant(CUdeviceptr address, size_t bytes, CUmemAccess_flags flags);
/// Reserved, created, mapped, readable and writable; `handle` may be NULL (released then).
CUdeviceptr mapped_memory(size_t bytes, CUmemGenericAllocationHandle *handle);

/// A kernel of the probes' own PTX module (kernels.h), loaded into the current context.
CUfunction kernel(const char *name);
CUresult launch(CUfunction function, unsigned grid, unsigned block, CUstream stream, void **values);
/// A word of mapped host memory, zero, and its device address: kernel `hold` waits until it
/// changes.
struct latch {
  volatile uint32_t *host;
  CUdeviceptr device;
};
struct latch new_latch(void);
/// Starts kernel `hold` on a stream. It ends when the latch opens, or after minutes anyhow.
void hold(struct latch latch, CUstream stream);
void open_latch(struct latch latch);
/// Opens the latch from another thread after `milliseconds`.
void open_latch_later(struct latch latch, unsigned milliseconds);
/// Waits until a thread of `open_latch_later` has ended.
void join_latch(void);
/// Polls a stream until it is done, at most `milliseconds`.
bool done_within(CUstream stream, unsigned milliseconds);
