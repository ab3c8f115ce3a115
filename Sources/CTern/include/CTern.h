// Static inlines that Swift has no spelling for: prefetch, page-backed memory, and C's number formats, which Redis's
// replies are defined by (strtod, %.17g, long double). Header only, so that they inline into the engine.
#pragma once
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static inline void tern_prefetch(const void *p) { __builtin_prefetch(p, 0, 3); }

static inline int tern_memcmp(const void *a, const void *b, size_t n) { return n == 0 ? 0 : memcmp(a, b, n); }

/// `bytes` of zeroed, page-aligned memory, or NULL. Pages become resident when they are touched.
static inline void *tern_pages_map(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}
static inline void tern_pages_unmap(void *p, size_t bytes) { munmap(p, bytes); }

/// Parses all of `text` (NUL-terminated, `length` bytes) as a double. Returns 0, or -1 if it is not one, as Redis's getDoubleFromObject:
/// no leading space, nothing behind the number, no NaN; an overflow to infinity or an underflow to zero is refused.
static inline int tern_parse_double(const char *text, size_t length, double *value) {
  char *end;
  if (length == 0 || text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return -1;
  errno = 0;
  *value = strtod(text, &end);
  if ((size_t)(end - text) != length || isnan(*value)) return -1;
  if (errno == ERANGE && (*value == HUGE_VAL || *value == -HUGE_VAL || fpclassify(*value) == FP_ZERO)) return -1;
  return 0;
}

/// A score of SORT, as Redis reads it: what strtod makes of all of `text` (NUL-terminated). Nothing at all is zero.
static inline int tern_parse_sort_score(const char *text, double *value) {
  char *end;
  errno = 0;
  *value = strtod(text, &end);
  return *end != 0 || errno == ERANGE || isnan(*value) ? -1 : 0;
}

/// A border of a score range, as Redis's zslParseRange reads it: whatever strtod makes of the text up to its NUL; blanks in front, no
/// digits at all (0) and infinities are fine, NaN is not.
static inline int tern_parse_border(const char *text, double *value) {
  char *end;
  *value = strtod(text, &end);
  return *end != 0 || isnan(*value) ? -1 : 0;
}

/// `%.<digits>f` into `out`; the length written.
static inline int tern_format_fixed(double value, int digits, char *out, size_t capacity) {
  int length = snprintf(out, capacity, "%.*f", digits, value);
  return length < 0 ? 0 : (size_t)length >= capacity ? (int)capacity - 1 : length;
}

static inline double tern_sin(double x) { return sin(x); }
static inline double tern_cos(double x) { return cos(x); }
static inline double tern_asin(double x) { return asin(x); }

/// `%.17g` into `out` (32 bytes at least); the length written.
static inline int tern_format_double(double value, char *out) { return snprintf(out, 32, "%.17g", value); }

/// Adds two decimal texts in long double, and prints the sum as Redis's INCRBYFLOAT does: `%.17Lf` without trailing zeros.
/// `out` holds 5200 bytes at least. Returns the length, -1 if `a` is no float, -2 if `b` is none, -3 if the sum is NaN or infinite.
static inline int tern_parse_long_double(const char *text, size_t length, long double *value) {
  char *end;
  if (length == 0 || length >= 5120 || text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return -1;
  errno = 0;
  *value = strtold(text, &end);
  if ((size_t)(end - text) != length || isnan(*value)) return -1;
  if (errno == ERANGE && (*value == HUGE_VALL || *value == -HUGE_VALL || fpclassify(*value) == FP_ZERO)) return -1;
  return 0;
}
/// A timeout of seconds as milliseconds, rounded up. -1: no number; -2: too large.
static inline int tern_timeout_milliseconds(const char *text, size_t length, int64_t *milliseconds) {
  long double seconds;
  if (tern_parse_long_double(text, length, &seconds) != 0) return -1;
  long double rounded = ceill(seconds * 1000);
  if (rounded >= 9223372036854775808.0L) return -2;
  *milliseconds = rounded <= -9223372036854775808.0L ? INT64_MIN : (int64_t)rounded;
  return 0;
}
static inline int tern_sum_long_double(const char *a, size_t a_length, const char *b, size_t b_length, char *out) {
  long double x, y;
  if (tern_parse_long_double(a, a_length, &x) != 0) return -1;
  if (tern_parse_long_double(b, b_length, &y) != 0) return -2;
  long double sum = x + y;
  if (isnan(sum) || isinf(sum)) return -3;
  int length = snprintf(out, 5200, "%.17Lf", sum);
  if (length < 0 || length >= 5200) return -3;
  if (memchr(out, '.', (size_t)length) != NULL) {
    while (length > 0 && out[length - 1] == '0') length--;
    if (length > 0 && out[length - 1] == '.') length--;
  }
  if (length == 2 && out[0] == '-' && out[1] == '0') { out[0] = '0'; length = 1; }
  out[length] = 0;
  return length;
}

#if defined(__GLIBC__)
#include <execinfo.h>
#include <spawn.h>
// Declared by glibc for _GNU_SOURCE only, which a module cannot rely on.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
/// The child gets none of our descriptors from `first` on.
static inline int tern_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
#endif

/// The calling thread's stack as text, one frame a line. Allocates nothing once it has been called before.
static inline void tern_write_stack(int descriptor) {
#if defined(__GLIBC__)
  void *frames[100];
  int count = backtrace(frames, 100);
  if (descriptor >= 0) backtrace_symbols_fd(frames, count, descriptor);
#else
  (void)descriptor;
#endif
}

/// Whether `tern_fold_bits` can be called on this machine.
int tern_has_carryless_multiply(void);

/// Folds `count` bytes (a multiple of 64, at least 64), with a 64-bit CRC's `state` in front, to 16 bytes of the same remainder. `near` and
/// `far` are what 16 and 64 bytes of distance multiply by.
void tern_fold_bits(const void *bytes, size_t count, uint64_t state, const uint64_t near[2], const uint64_t far[2], void *rest);
