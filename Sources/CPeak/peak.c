#include "peak.h"

// As many independent sums as hide the latency of two instructions a cycle.
enum { sums = 16 };

// Keeps the compiler from computing the loop away.
static void keep(const void *values) { __asm__ volatile("" : : "r"(values) : "memory"); }

#ifdef __x86_64__
#include <immintrin.h>

__attribute__((target("avx512f"))) static uint64_t wide(uint64_t rounds) {
  __m512 total[sums], factor = _mm512_set1_ps(0.999f);
  for (int i = 0; i < sums; i++) total[i] = _mm512_set1_ps(1);
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < sums; i++) total[i] = _mm512_fmadd_ps(total[i], factor, factor);
  }
  keep(total);
  return rounds * sums * 16 * 2;
}

__attribute__((target("avx2,fma"))) static uint64_t narrow(uint64_t rounds) {
  // There are 16 registers, of which one holds the factor.
  enum { few = 12 };
  __m256 total[few], factor = _mm256_set1_ps(0.999f);
  for (int i = 0; i < few; i++) total[i] = _mm256_set1_ps(1);
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < few; i++) total[i] = _mm256_fmadd_ps(total[i], factor, factor);
  }
  keep(total);
  return rounds * few * 8 * 2;
}

// Before there were instructions that multiply and add.
__attribute__((target("avx"))) static uint64_t old(uint64_t rounds) {
  enum { few = 12 };
  __m256 total[few], factor = _mm256_set1_ps(0.999f);
  for (int i = 0; i < few; i++) total[i] = _mm256_set1_ps(1);
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < few; i++) total[i] = _mm256_add_ps(_mm256_mul_ps(total[i], factor), factor);
  }
  keep(total);
  return rounds * few * 8 * 2;
}

__attribute__((target("avx512f,avx512bf16"))) static uint64_t bfloat16(uint64_t rounds) {
  __m512 total[sums];
  __m512bh factor = (__m512bh)_mm512_set1_epi32(0x3F003F00);
  for (int i = 0; i < sums; i++) total[i] = _mm512_set1_ps(1);
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < sums; i++) total[i] = _mm512_dpbf16_ps(total[i], factor, factor);
  }
  keep(total);
  return rounds * sums * 32 * 2;
}
#endif

typedef float vector __attribute__((vector_size(16)));

static uint64_t portable(uint64_t rounds) {
  enum { few = 12 };
  vector total[few], factor = {0.999f, 0.999f, 0.999f, 0.999f};
  for (int i = 0; i < few; i++) total[i] = factor;
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < few; i++) total[i] = total[i] * factor + factor;
  }
  keep(total);
  return rounds * few * 4 * 2;
}

uint64_t zoo_peak(enum zoo_peak_kind kind, uint64_t rounds) {
  switch (kind) {
#ifdef __x86_64__
  case ZOO_PEAK_AVX512_BF16: return bfloat16(rounds);
  case ZOO_PEAK_AVX512: return wide(rounds);
  case ZOO_PEAK_AVX2: return narrow(rounds);
  case ZOO_PEAK_AVX: return old(rounds);
#else
  case ZOO_PEAK_AVX512_BF16:
  case ZOO_PEAK_AVX512:
  case ZOO_PEAK_AVX2:
  case ZOO_PEAK_AVX: __builtin_trap();
#endif
  case ZOO_PEAK_BASIC: return portable(rounds);
  }
  __builtin_trap();
}
