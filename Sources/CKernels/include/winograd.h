#ifndef ZOO_WINOGRAD_H
#define ZOO_WINOGRAD_H

#include "blocks.h"

#include <stddef.h>

/// The points at which the polynomials of F(4×4,3×3) are evaluated are 0, ±NEAR, ±FAR and infinity. Numbers
/// whose squares, products and sums of squares float32 holds exactly.
#define ZOO_WINOGRAD_NEAR 0.625
#define ZOO_WINOGRAD_FAR 1.5

/// Windows of a map that lies in blocks of channels, side by side in one block: rows outside of `top..<bottom`
/// are beyond the map, which has `width` columns. The first window begins at `column`, be it in the map or not,
/// each other one 4 columns behind the one before. `row` is the distance of rows, in values.
struct zoo_windows {
  ptrdiff_t row;
  int top, bottom, column, width, count;
};

/// What a value becomes: between `low` and `high` first, or x / (1 + exp(-x)) where it `is_silu`; then, with the summand
/// added, between the others.
struct zoo_epilogue {
  float low, high, low_of_sum, high_of_sum;
  _Bool is_silu;
};

/// Where the 36 values of transformed windows are: value (i, j) of the nth one (6i + j) · `plane` + n · `tile` behind
/// those of the first one.
struct zoo_matrices {
  ptrdiff_t plane, tile;
};

/// Transforms windows of 6×6 pixels. `source` is the first pixel of the first window, be it in the map or not.
void zoo_winograd_input(
    enum zoo_block block, const void *source, struct zoo_windows windows, void *target,
    struct zoo_matrices matrices);

/// The way back: 6×6 values in `source` become a window of 4×4 pixels of `target`, plus `bias`, plus the same
/// window of `summand` unless that is null.
void zoo_winograd_output(
    enum zoo_block block, const void *source, struct zoo_matrices matrices, const float *bias,
    const void *summand, void *target, struct zoo_windows windows, struct zoo_epilogue epilogue);

/// Transforms the 3×3 kernels of one channel for `count` blocks of filters. `tap` is the distance of the nine values
/// of a kernel, `plane` that of the 36 that they become.
void zoo_winograd_kernels(
    enum zoo_block block, const float *source, ptrdiff_t tap, void *target, ptrdiff_t plane,
    ptrdiff_t count);

#endif
