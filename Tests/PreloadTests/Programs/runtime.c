// Makes the CUDA runtime look up the driver's functions (it stops soon after: it will not work with
// a driver that is not NVIDIA's) and counts where the pointers lead that it keeps in its own data.
//
//   runtime INTERPOSER DRIVER      prints: to ours N, to the driver M
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int cudaGetDeviceCount(int *count);

enum { RANGES_MAX = 64 };
struct range {
  uintptr_t start, end;
};
static void add(struct range *ranges, int *count, struct range range) {
  if (*count < RANGES_MAX) ranges[(*count)++] = range;
}

static int within(uintptr_t at, const struct range *ranges, int count) {
  for (int i = 0; i < count; i++)
    if (at >= ranges[i].start && at < ranges[i].end) return 1;
  return 0;
}

int main(int argument_count, char **arguments) {
  if (argument_count != 3) return 2;
  // On the stack, which is not searched: a range's start would look like a pointer into it.
  struct range ours[RANGES_MAX], drivers[RANGES_MAX], data[RANGES_MAX];
  int ours_count = 0, drivers_count = 0, data_count = 0, devices = 0;
  (void)cudaGetDeviceCount(&devices);
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[1024];
  uintptr_t follows = 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    struct range range;
    char access[8];
    int at = 0;
    sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %n", &range.start, &range.end, access,
           &at);
    char *path = line + at;
    path[strcspn(path, "\n")] = 0;
    if (access[2] == 'x' && strcmp(path, arguments[1]) == 0) add(ours, &ours_count, range);
    if (access[2] == 'x' && strcmp(path, arguments[2]) == 0) add(drivers, &drivers_count, range);
    int holds_runtime = strstr(path, "libcudart.so") != NULL || strstr(path, "/runtime-") != NULL;
    int is_its_bss = path[0] == 0 && range.start == follows;
    if (access[1] == 'w' && (holds_runtime || is_its_bss)) add(data, &data_count, range);
    if (holds_runtime || is_its_bss) follows = range.end;
  }
  int to_ours = 0, to_driver = 0;
  for (int i = 0; i < data_count; i++)
    for (uintptr_t at = data[i].start; at < data[i].end; at += sizeof(uintptr_t)) {
      uintptr_t value = *(volatile uintptr_t *)at;
      to_ours += within(value, ours, ours_count);
      to_driver += within(value, drivers, drivers_count);
    }
  printf("to ours %d, to the driver %d\n", to_ours, to_driver);
  return 0;
}
