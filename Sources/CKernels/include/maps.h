#ifndef ZOO_MAPS_H
#define ZOO_MAPS_H

#include "blocks.h"

#include <stddef.h>

/// A row of windows over a map in blocks of channels. Distances are in numbers.
struct zoo_windows_row {
  /// The windows' rows within the map.
  ptrdiff_t rows, row_distance;
  /// The map's columns; how many a window has, by how many it moves on, how many lie left of the map at first.
  ptrdiff_t columns, width, stride, margin;
  /// Windows.
  ptrdiff_t count;
  /// What the sums are divided by; 0 for the pixels of the map that a window holds.
  float divisor;
};

/// The means of a row of windows. `source`: of the first of the rows the block's first pixel.
void zoo_average(enum zoo_block block, const void *source, struct zoo_windows_row windows, void *target);

/// The channels of a row of pixels of one map. Distances are in numbers.
struct zoo_part {
  const void *start;
  ptrdiff_t pixel_distance, block_distance;
  /// Blocks; 0 where all channels lie side by side.
  ptrdiff_t blocks;
  /// Of a pixel.
  ptrdiff_t channels;
};

/// Puts the channels of a row of pixels of several maps side by side, in blocks.
///
/// `row`: room for the pixels and one block more. `target`: the first pixel's first block; pixels lie one behind the other.
void zoo_side_by_side(
    enum zoo_block block, const struct zoo_part *parts, ptrdiff_t count, ptrdiff_t pixels, void *row, void *target,
    ptrdiff_t block_distance);

#endif
