// The few string functions needed, and those the compiler takes for granted.
#include "internal.h"

size_t tidelock_length(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

int tidelock_same(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return *a == *b;
}

const char *tidelock_within(const char *text, const char *part) {
  for (; *text != 0; text++) {
    size_t i = 0;
    while (part[i] != 0 && text[i] == part[i]) i++;
    if (part[i] == 0) return text;
  }
  return NULL;
}

#ifdef TIDELOCK_SHIPPED
// The compiler may call these four whatever the flags; defined here, nothing stays undefined.
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  void *start = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
  return start;
}

void *memset(void *to, int value, size_t count) {
  void *start = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory");
  return start;
}

void *memmove(void *to, const void *from, size_t count) {
  if ((uintptr_t)to - (uintptr_t)from >= count) return memcpy(to, from, count);
  for (volatile char *at = to; count > 0; count--) at[count - 1] = ((const char *)from)[count - 1];
  return to;
}

int memcmp(const void *a, const void *b, size_t count) {
  const unsigned char *left = a, *right = b;
  for (volatile size_t i = 0; i < count; i++)
    if (left[i] != right[i]) return left[i] - right[i];
  return 0;
}

// The Embedded standard library names this for seeding hashes; nothing of ours hashes, and a
// reference to it would not resolve before glibc 2.36.
void arc4random_buf(void *bytes, size_t count) { memset(bytes, 0, count); }
#endif
