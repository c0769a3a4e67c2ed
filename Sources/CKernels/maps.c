// Swift compiles for the instructions that all x86-64 processors have, with vectors of 4 values, which are two to four
// times as slow here (measured on NASNetMobile's maps).
#include "maps.h"

#include <string.h>

#ifdef __x86_64__
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
#define inlined static inline __attribute__((always_inline))

typedef float floats_16 __attribute__((vector_size(64), aligned(4)));
typedef float floats_8 __attribute__((vector_size(32), aligned(4)));
typedef unsigned short shorts_16 __attribute__((vector_size(32), aligned(2)));
typedef unsigned int bits_16 __attribute__((vector_size(64), aligned(4)));

// bfloat16 is the upper half of a float32, rounded to the nearest, of two to the even one; NaN stays NaN.
inlined void widen(const void *source, ptrdiff_t place, floats_16 *values) {
  const bits_16 bits = __builtin_convertvector(((const shorts_16 *)source)[place], bits_16) << 16;
  memcpy(values, &bits, sizeof bits);
}

inlined void narrow(const floats_16 *values, void *target, ptrdiff_t place) {
  bits_16 bits;
  memcpy(&bits, values, sizeof bits);
  const bits_16 rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16, quiet = (bits >> 16) | 0x40;
  const bits_16 is_number = (bits_16)(*values == *values);
  ((shorts_16 *)target)[place] = __builtin_convertvector((rounded & is_number) | (quiet & ~is_number), shorts_16);
}

inlined void load_16(const void *source, ptrdiff_t place, floats_16 *values) { *values = ((const floats_16 *)source)[place]; }
inlined void store_16(const floats_16 *values, void *target, ptrdiff_t place) { ((floats_16 *)target)[place] = *values; }
inlined void load_8(const void *source, ptrdiff_t place, floats_8 *values) { *values = ((const floats_8 *)source)[place]; }
inlined void store_8(const floats_8 *values, void *target, ptrdiff_t place) { ((floats_8 *)target)[place] = *values; }

// `row_distance` is a whole number of pixels here.
#define AVERAGE(vector, load, store) \
  for (ptrdiff_t window = 0; window < windows.count; window++) { \
    const ptrdiff_t start = window * windows.stride - windows.margin, stop = start + windows.width; \
    const ptrdiff_t first = start < 0 ? 0 : start, end = stop < windows.columns ? stop : windows.columns; \
    vector sum = {0}; \
    for (ptrdiff_t row = 0; row < windows.rows; row++) { \
      for (ptrdiff_t column = first; column < end; column++) { \
        vector values; \
        load(source, row * pixels + column, &values); \
        sum += values; \
      } \
    } \
    sum /= windows.divisor > 0 ? windows.divisor : (float)(windows.rows * (end - first)); \
    store(&sum, target, window); \
  }

FOR_EACH_PROCESSOR void zoo_average(
    enum zoo_block block, const void *source, struct zoo_windows_row windows, void *target) {
  const ptrdiff_t pixels = windows.row_distance / (block == ZOO_FLOAT32_8 ? 8 : 16);
  switch (block) {
  case ZOO_FLOAT32_16: AVERAGE(floats_16, load_16, store_16) break;
  case ZOO_FLOAT32_8: AVERAGE(floats_8, load_8, store_8) break;
  case ZOO_BFLOAT16_16: AVERAGE(floats_16, widen, narrow) break;
  }
}

// A map's last block reaches beyond its channels; what lies there is written over by what comes next.
inlined void collect(
    const struct zoo_part *parts, ptrdiff_t count, ptrdiff_t pixels, const size_t block, char *row) {
  for (ptrdiff_t pixel = 0; pixel < pixels; pixel++) {
    for (ptrdiff_t index = 0; index < count; index++) {
      const struct zoo_part part = parts[index];
      const char *source = part.start + pixel * part.pixel_distance;
      if (!part.blocks) memcpy(row, source, part.size);
      for (ptrdiff_t number = 0; number < part.blocks; number++) {
        memcpy(row + number * block, source + number * part.block_distance, block);
      }
      row += part.size;
    }
  }
}

inlined void cut(
    const char *row, size_t size, ptrdiff_t pixels, const size_t block, char *target, ptrdiff_t distance) {
  const size_t rest = size % block;
  for (ptrdiff_t pixel = 0; pixel < pixels; pixel++) {
    for (size_t number = 0; number < size / block; number++) {
      memcpy(target + number * distance, row + number * block, block);
    }
    if (rest) {
      char *last = target + size / block * distance;
      memset(last, 0, block);
      memcpy(last, row + size - rest, rest);
    }
    row += size;
    target += block;
  }
}

FOR_EACH_PROCESSOR void zoo_side_by_side(
    const struct zoo_part *parts, ptrdiff_t count, ptrdiff_t pixels, size_t block, char *row, char *target,
    ptrdiff_t block_distance) {
  size_t size = 0;
  for (ptrdiff_t index = 0; index < count; index++) size += parts[index].size;
  // A size that the compiler knows becomes a vector.
#define WITH(block) \
  case block: \
    collect(parts, count, pixels, block, row); \
    cut(row, size, pixels, block, target, block_distance); \
    break;
  switch (block) {
    WITH(64)
    WITH(32)
    WITH(16)
  default: __builtin_trap();
  }
}
