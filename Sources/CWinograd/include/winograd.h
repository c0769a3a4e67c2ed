#ifndef ZOO_WINOGRAD_H
#define ZOO_WINOGRAD_H

#include <stddef.h>

/// The points at which the polynomials of F(4×4,3×3) are evaluated are 0, ±NEAR, ±FAR and infinity. Numbers
/// whose squares, products and sums of squares float32 holds exactly.
#define ZOO_WINOGRAD_NEAR 0.625
#define ZOO_WINOGRAD_FAR 1.5

/// A window of a map that lies in blocks of channels: rows and columns outside of `top..<bottom` and
/// `left..<right` are beyond the map. Distances are in values.
struct zoo_window {
  ptrdiff_t row, block;
  int top, bottom, left, right;
};

/// What a value becomes: between `low` and `high` first, then, with the summand added, between the others.
struct zoo_epilogue {
  float low, high, low_of_sum, high_of_sum;
};

/// Transforms a window of 6×6 pixels in each of `blocks` blocks of channels. `source` is the window's first
/// pixel, be it in the map or not; value (i, j) of the result goes to `target` + (6i + j) · `plane`, block after
/// block. `width` channels a block: 16 needs AVX-512, 8 AVX2 with FMA.
void zoo_winograd_input(
    int width, const float *source, struct zoo_window window, int blocks, float *target, ptrdiff_t plane);

/// The way back: 6×6 values in `source` become a window of 4×4 pixels of `target`, plus `bias`, plus the same
/// window of `summand` unless that is null.
void zoo_winograd_output(
    int width, const float *source, ptrdiff_t plane, int blocks, const float *bias, const float *summand,
    float *target, struct zoo_window window, struct zoo_epilogue epilogue);

#endif
