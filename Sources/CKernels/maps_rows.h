// Rows of maps in blocks of WIDTH channels of which maps hold ELEMENTs; maps.c includes this once for each kind.
#include "vectors.h"

#define average NAME(average)
#define collect NAME(collect)
#define cut NAME(cut)
#define side_by_side NAME(side_by_side)

static INSTRUCTIONS void average(const ELEMENT *source, struct zoo_windows_row windows, ELEMENT *target) {
  for (ptrdiff_t window = 0; window < windows.count; window++) {
    const ptrdiff_t start = window * windows.stride - windows.margin, stop = start + windows.width;
    const ptrdiff_t first = start < 0 ? 0 : start, end = stop < windows.columns ? stop : windows.columns;
    vector sum = {0};
    for (ptrdiff_t row = 0; row < windows.rows; row++) {
      for (ptrdiff_t column = first; column < end; column++)
        sum += load(source + row * windows.row_distance + column * WIDTH);
    }
    sum /= windows.divisor > 0 ? windows.divisor : (float)(windows.rows * (end - first));
    store(sum, target + window * WIDTH);
  }
}

// A map's last block reaches beyond its channels; what lies there is written over by what comes next.
inlined void collect(const struct zoo_part *parts, ptrdiff_t count, ptrdiff_t pixels, ELEMENT *row) {
  for (ptrdiff_t pixel = 0; pixel < pixels; pixel++) {
    for (ptrdiff_t index = 0; index < count; index++) {
      const struct zoo_part part = parts[index];
      const ELEMENT *source = (const ELEMENT *)part.start + pixel * part.pixel_distance;
      if (!part.blocks) memcpy(row, source, part.channels * sizeof(ELEMENT));
      for (ptrdiff_t block = 0; block < part.blocks; block++)
        *(stored *)(row + block * WIDTH) = *(const stored *)(source + block * part.block_distance);
      row += part.channels;
    }
  }
}

inlined void cut(const ELEMENT *row, ptrdiff_t channels, ptrdiff_t pixels, ELEMENT *target, ptrdiff_t distance) {
  const ptrdiff_t full = channels / WIDTH, rest = channels % WIDTH;
  for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, row += channels, target += WIDTH) {
    for (ptrdiff_t block = 0; block < full; block++)
      *(stored *)(target + block * distance) = *(const stored *)(row + block * WIDTH);
    if (!rest) continue;
    ELEMENT *last = target + full * distance;
    memset(last, 0, WIDTH * sizeof(ELEMENT));
    memcpy(last, row + full * WIDTH, rest * sizeof(ELEMENT));
  }
}

static INSTRUCTIONS void side_by_side(
    const struct zoo_part *parts, ptrdiff_t count, ptrdiff_t pixels, ELEMENT *row, ELEMENT *target, ptrdiff_t distance) {
  ptrdiff_t channels = 0;
  for (ptrdiff_t index = 0; index < count; index++) channels += parts[index].channels;
  collect(parts, count, pixels, row);
  cut(row, channels, pixels, target, distance);
}

#undef average
#undef collect
#undef cut
#undef side_by_side
