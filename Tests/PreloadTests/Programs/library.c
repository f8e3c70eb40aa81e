// A library that opens the driver by its name, as those with the CUDA runtime inside do.
#include <dlfcn.h>
#include <stddef.h>

void *library_finds_launch(void) {
  void *driver = dlopen("libcuda.so.1", RTLD_NOW);
  return driver != NULL ? dlsym(driver, "cuLaunchKernel") : NULL;
}
