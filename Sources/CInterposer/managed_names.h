// The NVML calls whose answer is ours.
#pragma once

#define MANAGED_NAMES(EACH)                      \
  EACH(nvmlDeviceGetMemoryInfo)                  \
  EACH(nvmlDeviceGetMemoryInfo_v2)               \
  EACH(nvmlDeviceGetComputeRunningProcesses)     \
  EACH(nvmlDeviceGetComputeRunningProcesses_v2)  \
  EACH(nvmlDeviceGetComputeRunningProcesses_v3)  \
  EACH(nvmlDeviceGetGraphicsRunningProcesses)    \
  EACH(nvmlDeviceGetGraphicsRunningProcesses_v2) \
  EACH(nvmlDeviceGetGraphicsRunningProcesses_v3) \
  EACH(nvmlDeviceGetMPSComputeRunningProcesses)  \
  EACH(nvmlDeviceGetMPSComputeRunningProcesses_v2) \
  EACH(nvmlDeviceGetMPSComputeRunningProcesses_v3) \
  EACH(nvmlDeviceGetRunningProcessDetailList)
