#ifndef ZOO_PEAK_H
#define ZOO_PEAK_H

#include <stdint.h>

/// With which instructions: all but the last are x86-64's. The first multiplies bfloat16 numbers, the others float32.
enum zoo_peak_kind {
  ZOO_PEAK_AVX512_BF16,
  ZOO_PEAK_AVX512,
  ZOO_PEAK_AVX2,
  ZOO_PEAK_AVX,
  ZOO_PEAK_BASIC,
};

/// Multiplies and adds in registers, with instructions that the processor must have.
///
/// Returns the number of multiplications and additions done.
uint64_t zoo_peak(enum zoo_peak_kind kind, uint64_t rounds);

#endif
