// Which planted fault is on; empty outside the faults build.
#include "faults.h"

#ifdef FAULTS
extern char *getenv(const char *) __attribute__((weak));
int tidelock_fault_number(void) {
  static int number = -1;
  if (number < 0) {
    const char *text = getenv ? getenv("TIDELOCK_MUTANT") : 0;
    int value = 0;
    while (text && *text >= '0' && *text <= '9') value = value * 10 + (*text++ - '0');
    number = value;
  }
  return number;
}
#endif
