#include "maps.h"

#include <string.h>

#define LOOPS "maps_rows.h"
#include "kinds.h"

void zoo_average(enum zoo_block block, const void *source, struct zoo_windows_row windows, void *target) {
  switch (block) {
  case ZOO_FLOAT32_16: return average_float_16(source, windows, target);
  case ZOO_FLOAT32_8: return average_float_8(source, windows, target);
  case ZOO_BFLOAT16_16: return average___bf16_16(source, windows, target);
  }
}

void zoo_side_by_side(
    enum zoo_block block, const struct zoo_part *parts, ptrdiff_t count, ptrdiff_t pixels, void *row, void *target,
    ptrdiff_t block_distance) {
  switch (block) {
  case ZOO_FLOAT32_16: return side_by_side_float_16(parts, count, pixels, row, target, block_distance);
  case ZOO_FLOAT32_8: return side_by_side_float_8(parts, count, pixels, row, target, block_distance);
  case ZOO_BFLOAT16_16: return side_by_side___bf16_16(parts, count, pixels, row, target, block_distance);
  }
}
