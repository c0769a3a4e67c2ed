// Swift compiles for the instructions that all x86-64 processors have, which cannot read the weights as fast as the memory
// gives them.
#include "dense.h"

#include <string.h>

#ifdef __x86_64__
#define WITH_AVX512 __attribute__((target("avx512f")))
#else
#define WITH_AVX512
#endif

enum { width = 16, vectors = ZOO_DENSE_BLOCK / width, stretch = 256 };
typedef float vector __attribute__((vector_size(4 * width), aligned(4)));

// `rows` is known to the compiler, so that the sums stay in registers. Sums of a stretch are added to those before it:
// a long sum loses digits (VGG16's first dense layer has 25,088 inputs).
WITH_AVX512 static inline __attribute__((always_inline)) void block(
    int rows, ptrdiff_t inputs, const float *source, const float *kernel, float *results) {
  vector totals[ZOO_DENSE_MOST_ROWS][vectors] = {0};
  for (ptrdiff_t start = 0; start < inputs; start += stretch) {
    const ptrdiff_t end = inputs - start < stretch ? inputs : start + stretch;
    vector sums[ZOO_DENSE_MOST_ROWS][vectors] = {0};
    for (ptrdiff_t input = start; input < end; input++) {
      for (int i = 0; i < vectors; i++) {
        const vector weights = *(const vector *)(kernel + i * width);
        for (int row = 0; row < rows; row++) sums[row][i] += weights * source[row * inputs + input];
      }
      kernel += ZOO_DENSE_BLOCK;
    }
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < vectors; i++) totals[row][i] += sums[row][i];
    }
  }
  memcpy(results, totals, rows * sizeof totals[0]);
}

WITH_AVX512 void zoo_dense(
    struct zoo_dense shape, const float *source, const float *kernel, const float *bias, float *target, ptrdiff_t first,
    ptrdiff_t end) {
  float results[ZOO_DENSE_MOST_ROWS][ZOO_DENSE_BLOCK];
  for (ptrdiff_t index = first; index < end; index++) {
    const float *weights = kernel + index * shape.kernel_inputs * ZOO_DENSE_BLOCK;
    switch (shape.rows) {
    case 1: block(1, shape.inputs, source, weights, results[0]); break;
    case 2: block(2, shape.inputs, source, weights, results[0]); break;
    case 3: block(3, shape.inputs, source, weights, results[0]); break;
    case 4: block(4, shape.inputs, source, weights, results[0]); break;
    default: __builtin_trap();
    }
    const ptrdiff_t start = index * ZOO_DENSE_BLOCK, left = shape.units - start;
    const ptrdiff_t count = left < ZOO_DENSE_BLOCK ? left : ZOO_DENSE_BLOCK;
    for (ptrdiff_t row = 0; row < shape.rows; row++) {
      for (ptrdiff_t i = 0; i < count; i++) {
        target[row * shape.units + start + i] = results[row][i] + (bias ? bias[start + i] : 0);
      }
    }
  }
}
