#ifndef ZOO_DEPTHWISE_H
#define ZOO_DEPTHWISE_H

#include "blocks.h"

#include <stddef.h>

/// Rows that a kernel may have.
#define ZOO_DEPTHWISE_MOST_ROWS 7

/// What becomes of a value.
enum zoo_function { ZOO_IDENTITY, ZOO_RELU, ZOO_RELU6, ZOO_SILU, ZOO_HARD_SILU };

/// A depthwise convolution over one block of channels of a map. Sizes are in pixels.
struct zoo_depthwise {
  /// Numbers from one pixel to the next, of the map and of the result; rows lie one behind the other.
  ptrdiff_t distance, result_distance;
  ptrdiff_t height, width;
  ptrdiff_t kernel_height, kernel_width;
  ptrdiff_t row_stride, column_stride;
  /// Rows above and columns to the left of the map, which count as zeros.
  ptrdiff_t top, left;
  /// Columns of the result.
  ptrdiff_t columns;
  /// Of the map's values before, and of the results with the bias.
  enum zoo_function before, after;
};

/// Computes the rows `first..<end` of the result.
///
/// - source, target: the first pixels of the block in its map and in the result.
/// - kernel: for each row and column of it one value for each channel of the block.
/// - bias: one value for each channel of the block.
/// - room: for as many rows as the kernel has, with as many pixels as the windows of a row of results reach over.
void zoo_depthwise(
    enum zoo_block block, struct zoo_depthwise shape, const void *source, const float *kernel, const float *bias,
    void *target, ptrdiff_t first, ptrdiff_t end, float *room);

#endif
