// Linked to libcuda.so.1 and to nothing of a C library that is not as old as x86-64: it starts
// under any. Where dlopen is not in libc, nothing here brings it along.
#include <stdio.h>
#include <stdlib.h>

int cuDriverGetVersion(int *version);

__attribute__((force_align_arg_pointer, noreturn)) void _start(void) {
  int version = -1;
  int result = cuDriverGetVersion(&version);
  printf("%d %d\n", result, version);
  exit(0);
}
