#pragma once
/// What keeps the programs and objects that ship startable on older C libraries.

/// glibc 2.35 gave it a new version; Swift's Glibc module mentions it, though nothing of ours calls
/// it.
float hypotf(float x, float y);
