#pragma once
/// What glibc offers and Swift's overlays do not show. One small function per need.
#include <stdint.h>

/// The number of the planted fault (`TIDELOCK_MUTANT`), 0 when none. Exists only in the faults build.
int tidelock_fault_number(void);
