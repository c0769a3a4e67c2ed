#ifndef ZOO_DENSE_H
#define ZOO_DENSE_H

#include <stddef.h>

/// How many vectors can be multiplied at once.
#define ZOO_DENSE_MOST_ROWS 4
/// How many results of a vector are computed at once.
#define ZOO_DENSE_BLOCK 64

/// Products of a few vectors with a kernel whose weights are read once, one after the other.
struct zoo_dense {
  /// Vectors, at most `ZOO_DENSE_MOST_ROWS`; their values, one vector behind the other.
  ptrdiff_t rows, inputs;
  /// Results of a vector.
  ptrdiff_t units;
  /// Inputs that a block of the kernel has weights for, at least as many as there are.
  ptrdiff_t kernel_inputs;
};

/// Computes the blocks `first..<end` of the results. Needs AVX-512.
///
/// `kernel`: for each block of 64 results, for each input, 64 weights. `bias`: one for each result, or NULL.
/// How a result is summed up does not depend on the number of vectors; the bias is added last.
void zoo_dense(
    struct zoo_dense shape, const float *source, const float *kernel, const float *bias, float *target, ptrdiff_t first,
    ptrdiff_t end);

#endif
