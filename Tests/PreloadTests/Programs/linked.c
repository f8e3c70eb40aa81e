// Linked to libcuda.so.1. The first call into the driver carries a float: binding must keep it.
#include <stddef.h>
#include <stdio.h>

int cuParamSetf(void *function, int offset, float value);
int cuMemcpyHtoD_v2(unsigned long to, const void *from, size_t bytes);

int main(void) {
  printf("%d\n", cuParamSetf((void *)3, 4, 1.5f));
  printf("%d\n", cuMemcpyHtoD_v2(1, (void *)2, 3));
  return 0;
}
