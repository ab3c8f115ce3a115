#include "CTern.h"

#if defined(__x86_64__)
#include <immintrin.h>

int tern_has_carryless_multiply(void) { return __builtin_cpu_supports("pclmul") != 0; }

__attribute__((target("pclmul,sse4.1"))) static inline __m128i tern_fold(__m128i a, __m128i factors, __m128i next) {
  return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(a, factors, 0x00), _mm_clmulepi64_si128(a, factors, 0x11)), next);
}

__attribute__((target("pclmul,sse4.1"))) void tern_fold_bits(
    const void *bytes, size_t count, uint64_t state, const uint64_t near[2], const uint64_t far[2], void *rest) {
  const __m128i *p = (const __m128i *)bytes;
  const __m128i far_factors = _mm_loadu_si128((const __m128i *)far);
  const __m128i near_factors = _mm_loadu_si128((const __m128i *)near);
  __m128i a = _mm_xor_si128(_mm_loadu_si128(p), _mm_set_epi64x(0, (long long)state));
  __m128i b = _mm_loadu_si128(p + 1);
  __m128i c = _mm_loadu_si128(p + 2);
  __m128i d = _mm_loadu_si128(p + 3);
  for (p += 4, count -= 64; count >= 64; p += 4, count -= 64) {
    a = tern_fold(a, far_factors, _mm_loadu_si128(p));
    b = tern_fold(b, far_factors, _mm_loadu_si128(p + 1));
    c = tern_fold(c, far_factors, _mm_loadu_si128(p + 2));
    d = tern_fold(d, far_factors, _mm_loadu_si128(p + 3));
  }
  a = tern_fold(a, near_factors, b);
  a = tern_fold(a, near_factors, c);
  a = tern_fold(a, near_factors, d);
  _mm_storeu_si128((__m128i *)rest, a);
}
#else
int tern_has_carryless_multiply(void) { return 0; }

void tern_fold_bits(const void *bytes, size_t count, uint64_t state, const uint64_t near[2], const uint64_t far[2], void *rest) {
  (void)bytes, (void)count, (void)state, (void)near, (void)far, (void)rest;
}
#endif
