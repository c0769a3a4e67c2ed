#ifndef ZOO_PEAK_H
#define ZOO_PEAK_H

#include <stdint.h>

/// Multiplies and adds in registers with the widest instructions of this processor.
///
/// Returns the number of multiplications and additions done. `zoo_peak_bfloat16` returns 0 where the processor
/// has no instructions for it.
uint64_t zoo_peak_float32(uint64_t rounds);
uint64_t zoo_peak_bfloat16(uint64_t rounds);

#endif
