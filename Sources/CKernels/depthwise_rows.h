// A depthwise convolution for blocks of WIDTH channels of which maps hold ELEMENTs; depthwise.c includes this once for each
// kind.
#include "vectors.h"

#define apply NAME(apply)
#define fill NAME(fill)
#define convolve NAME(convolve)
#define rows NAME(rows)

inlined vector apply(enum zoo_function function, vector x) {
  switch (function) {
  case ZOO_IDENTITY: return x;
  case ZOO_RELU: return least(x, 0);
  case ZOO_RELU6: return most(least(x, 0), 6);
  case ZOO_SILU: return silu(x);
  case ZOO_HARD_SILU: return x * most(least(x * (1.0f / 6) + 0.5f, 0), 1);
  }
}

// One row of the map with the function applied, and with zeros beside it.
inlined void fill(struct zoo_depthwise shape, const ELEMENT *source, vector *row, ptrdiff_t length) {
  const ptrdiff_t first = shape.left < length ? shape.left : length;
  const ptrdiff_t end = shape.left + shape.width < length ? shape.left + shape.width : length;
  for (ptrdiff_t column = 0; column < first; column++) row[column] = (vector){0};
#define FILL(function) \
  case function: \
    for (ptrdiff_t column = first; column < end; column++) \
      row[column] = apply(function, load(source + (column - shape.left) * shape.distance)); \
    break;
  switch (shape.before) {
    FILL(ZOO_IDENTITY)
    FILL(ZOO_RELU)
    FILL(ZOO_RELU6)
    FILL(ZOO_SILU)
    FILL(ZOO_HARD_SILU)
  }
#undef FILL
  for (ptrdiff_t column = end; column < length; column++) row[column] = (vector){0};
}

// `count` pixels of a row side by side, which is known to the compiler, so that the sums stay in registers.
inlined void convolve(
    int count, struct zoo_depthwise shape, const vector *const *lines, const float *kernel, ptrdiff_t top, ptrdiff_t bottom,
    vector bias, ptrdiff_t column, ELEMENT *target) {
  vector sums[8];
  unrolled for (int i = 0; i < count; i++) sums[i] = bias;
  for (ptrdiff_t row = top; row < bottom; row++) {
    const vector *line = lines[row] + column * shape.column_stride;
    const float *weights = kernel + row * shape.kernel_width * WIDTH;
    for (ptrdiff_t tap = 0; tap < shape.kernel_width; tap++) {
      const vector weight = *(const loose *)(weights + tap * WIDTH);
      if (shape.column_stride == 1) {
        unrolled for (int i = 0; i < count; i++) sums[i] += weight * line[tap + i];
      } else {
        unrolled for (int i = 0; i < count; i++) sums[i] += weight * line[tap + i * shape.column_stride];
      }
    }
  }
#define STORE(function) \
  case function: \
    unrolled for (int i = 0; i < count; i++) store(apply(function, sums[i]), target + (column + i) * shape.result_distance); \
    break;
  switch (shape.after) {
    STORE(ZOO_IDENTITY)
    STORE(ZOO_RELU)
    STORE(ZOO_RELU6)
    STORE(ZOO_SILU)
    STORE(ZOO_HARD_SILU)
  }
#undef STORE
}

static INSTRUCTIONS void rows(
    struct zoo_depthwise shape, const ELEMENT *source, const float *kernel, const float *bias, ELEMENT *target,
    ptrdiff_t first, ptrdiff_t end, vector *room) {
  const ptrdiff_t length = (shape.columns - 1) * shape.column_stride + shape.kernel_width;
  const vector biases = *(const loose *)bias;
  const vector *lines[ZOO_DEPTHWISE_MOST_ROWS];
  // Rows of the map up to this one have been brought into the room, where each takes the place of one that is not needed
  // any more.
  ptrdiff_t known = first * shape.row_stride - shape.top;
  if (known < 0) known = 0;
  for (ptrdiff_t y = first; y < end; y++) {
    const ptrdiff_t start = y * shape.row_stride - shape.top;
    const ptrdiff_t top = start < 0 ? -start : 0;
    const ptrdiff_t bottom = start + shape.kernel_height < shape.height ? shape.kernel_height : shape.height - start;
    if (known < start) known = start;
    for (; known < start + bottom; known++)
      fill(shape, source + known * shape.width * shape.distance, room + known % shape.kernel_height * length, length);
    for (ptrdiff_t row = top; row < bottom; row++) lines[row] = room + (start + row) % shape.kernel_height * length;
    // Parts of about one length, at most 8.
    ELEMENT *results = target + y * shape.columns * shape.result_distance;
    ptrdiff_t column = 0;
    for (ptrdiff_t parts = (shape.columns + 7) / 8; parts > 0; parts--) {
      const ptrdiff_t count = (shape.columns - column + parts - 1) / parts;
#define PART(count) \
  case count: convolve(count, shape, lines, kernel, top, bottom, biases, column, results); break;
      switch (count) {
        PART(1)
        PART(2)
        PART(3)
        PART(4)
        PART(5)
        PART(6)
        PART(7)
        PART(8)
      default: __builtin_unreachable();
      }
#undef PART
      column += count;
    }
  }
}

#undef apply
#undef fill
#undef convolve
#undef rows
