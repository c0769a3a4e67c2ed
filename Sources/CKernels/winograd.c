#include "winograd.h"

#include <string.h>

static const float a = ZOO_WINOGRAD_NEAR, b = ZOO_WINOGRAD_FAR;
static const float a2 = ZOO_WINOGRAD_NEAR * ZOO_WINOGRAD_NEAR, b2 = ZOO_WINOGRAD_FAR * ZOO_WINOGRAD_FAR;

// A border of the map as a column of a window that is `size` columns wide.
static inline int inside(int column, int size) { return column < 0 ? 0 : column > size ? size : column; }

#define LOOPS "transforms.h"
#include "kinds.h"

void zoo_winograd_input(
    enum zoo_block block, const void *source, struct zoo_windows windows, void *target,
    struct zoo_matrices matrices) {
  switch (block) {
  case ZOO_FLOAT32_16: return input_float_16(source, windows, target, matrices);
  case ZOO_FLOAT32_8: return input_float_8(source, windows, target, matrices);
  case ZOO_BFLOAT16_16: return input___bf16_16(source, windows, target, matrices);
  }
}

void zoo_winograd_output(
    enum zoo_block block, const void *source, struct zoo_matrices matrices, const float *bias,
    const void *summand, void *target, struct zoo_windows windows, struct zoo_epilogue epilogue) {
  switch (block) {
  case ZOO_FLOAT32_16:
    return output_float_16(source, matrices, bias, summand, target, windows, epilogue);
  case ZOO_FLOAT32_8:
    return output_float_8(source, matrices, bias, summand, target, windows, epilogue);
  case ZOO_BFLOAT16_16:
    return output___bf16_16(source, matrices, bias, summand, target, windows, epilogue);
  }
}

void zoo_winograd_kernels(
    enum zoo_block block, const float *source, ptrdiff_t tap, void *target, ptrdiff_t plane,
    ptrdiff_t count) {
  switch (block) {
  case ZOO_FLOAT32_16: return kernels_float_16(source, tap, target, plane, count);
  case ZOO_FLOAT32_8: return kernels_float_8(source, tap, target, plane, count);
  case ZOO_BFLOAT16_16: return kernels___bf16_16(source, tap, target, plane, count);
  }
}
