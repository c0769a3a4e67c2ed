// oneDNN's code computes a silu in 25 cycles for 16 values, most of them for a division (measured on EfficientNetB0's
// maps); here it takes 10. A map that this reads is brought through its own activation on the way, row by row, so that it
// need not be written and read once more.
#include "depthwise.h"

#define LOOPS "depthwise_rows.h"
#include "kinds.h"

void zoo_depthwise(
    enum zoo_block block, struct zoo_depthwise shape, const void *source, const float *kernel, const float *bias,
    void *target, ptrdiff_t first, ptrdiff_t end, float *room) {
  switch (block) {
  case ZOO_FLOAT32_16: return rows_float_16(shape, source, kernel, bias, target, first, end, (void *)room);
  case ZOO_FLOAT32_8: return rows_float_8(shape, source, kernel, bias, target, first, end, (void *)room);
  case ZOO_BFLOAT16_16: return rows___bf16_16(shape, source, kernel, bias, target, first, end, (void *)room);
  }
}
