#pragma once
/// A module of its own: the interposer imports it in the faults build, and must see nothing else of
/// the system's headers.

/// The number of the planted fault (`TIDELOCK_MUTANT`), 0 when none. Exists only in the faults
/// build.
int tidelock_fault_number(void);
