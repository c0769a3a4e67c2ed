// oneDNN's code computes a silu in 25 cycles for 16 values, most of them for a division (measured on EfficientNetB0's
// maps); here it takes 10. A map that this reads is brought through its own activation on the way, row by row, so that it
// need not be written and read once more.
#include "depthwise.h"
#include "instructions.h"

enum { ZOO_DEPTHWISE_MOST = 16 };

#define ELEMENT float
#define WIDTH 16
#define INSTRUCTIONS WITH("avx512f,fma")
#include "depthwise_rows.h"
#undef WIDTH
#undef INSTRUCTIONS

#define WIDTH 8
#define INSTRUCTIONS WITH("avx2,fma")
#include "depthwise_rows.h"
#undef WIDTH
#undef INSTRUCTIONS
#undef ELEMENT

#define ELEMENT __bf16
#define WIDTH 16
#define INSTRUCTIONS WITH("avx512f,avx512bw,avx512vl,avx512bf16,fma")
#include "depthwise_rows.h"

void zoo_depthwise(
    enum zoo_block block, struct zoo_depthwise shape, const void *source, const float *kernel, const float *bias,
    void *target, ptrdiff_t first, ptrdiff_t end, float *room) {
  switch (block) {
  case ZOO_FLOAT32_16: return rows_float_16(shape, source, kernel, bias, target, first, end, (void *)room);
  case ZOO_FLOAT32_8: return rows_float_8(shape, source, kernel, bias, target, first, end, (void *)room);
  case ZOO_BFLOAT16_16: return rows___bf16_16(shape, source, kernel, bias, target, first, end, (void *)room);
  }
}
