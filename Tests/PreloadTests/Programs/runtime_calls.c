// How far the CUDA runtime goes with a driver that is not NVIDIA's: prints what each call answers.
#include <stddef.h>
#include <stdio.h>

int cudaRuntimeGetVersion(int *version);
int cudaDriverGetVersion(int *version);
int cudaGetDeviceCount(int *count);
int cudaMalloc(void **pointer, size_t bytes);
int cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes);
int cudaStreamCreate(void **stream);
int cudaFree(void *pointer);
int cudaGetLastError(void);
const char *cudaGetErrorName(int error);

int main(void) {
  int version = -1, count = -1;
  void *pointer = NULL, *stream = NULL;
  size_t free_bytes = 0, total_bytes = 0;
  int result = cudaRuntimeGetVersion(&version);
  printf("cudaRuntimeGetVersion %d: %d\n", result, version / 1000);
  result = cudaDriverGetVersion(&version);
  printf("cudaDriverGetVersion %d: %s\n", result, version > 0 ? "known" : "unknown");
  result = cudaGetDeviceCount(&count);
  printf("cudaGetDeviceCount %d %s\n", result, cudaGetErrorName(result));
  printf("cudaMalloc %d\n", cudaMalloc(&pointer, 1 << 20));
  printf("cudaMemGetInfo %d\n", cudaMemGetInfo(&free_bytes, &total_bytes));
  printf("cudaStreamCreate %d\n", cudaStreamCreate(&stream));
  printf("cudaFree %d\n", cudaFree(NULL));
  printf("cudaGetLastError %d\n", cudaGetLastError());
  return 0;
}
