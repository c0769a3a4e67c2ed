// The transforms for blocks of WIDTH channels of which maps and windows hold ELEMENTs; winograd.c includes this
// once for each kind.
#include "vectors.h"

#define transform NAME(transform)
#define untransform NAME(untransform)
#define expand NAME(expand)
#define input NAME(input)
#define output NAME(output)
#define kernels NAME(kernels)

// Bᵀ d for one column or row.
inlined void transform(const vector d[6], vector to[6]) {
  vector even = d[4] - b2 * d[2], odd = d[3] - b2 * d[1];
  to[1] = even + a * odd;
  to[2] = even - a * odd;
  to[5] = (d[5] - a2 * d[3]) - b2 * (d[3] - a2 * d[1]);
  even = d[4] - a2 * d[2], odd = d[3] - a2 * d[1];
  to[3] = even + b * odd;
  to[4] = even - b * odd;
  to[0] = even + b2 * (a2 * d[0] - d[2]);
}

// Aᵀ m for one column or row.
inlined void untransform(const vector m[6], vector to[4]) {
  vector near = m[1] + m[2], far = m[3] + m[4];
  to[0] = m[0] + near + far;
  to[2] = a2 * near + b2 * far;
  near = a * (m[1] - m[2]), far = b * (m[3] - m[4]);
  to[1] = near + far;
  to[3] = m[5] + a2 * near + b2 * far;
}

// G g for one column or row: the polynomial g[0] + g[1]·t + g[2]·t² at the six points, divided by the product of
// the point's distances to the other finite ones.
inlined void expand(const vector g[3], vector to[6]) {
  const float nearby = 1 / (2 * a2 * (a2 - b2)), distant = 1 / (2 * b2 * (b2 - a2));
  vector even = nearby * (g[0] + a2 * g[2]), odd = nearby * a * g[1];
  to[0] = g[0] / (a2 * b2);
  to[1] = even + odd;
  to[2] = even - odd;
  even = distant * (g[0] + b2 * g[2]), odd = distant * b * g[1];
  to[3] = even + odd;
  to[4] = even - odd;
  to[5] = g[2];
}

static INSTRUCTIONS void input(
    const ELEMENT *source, struct zoo_windows windows, ELEMENT *target, struct zoo_matrices matrices) {
  ELEMENT padded[36 * WIDTH];
  for (int window = 0; window < windows.count; window++, source += 4 * WIDTH, target += matrices.tile) {
    int column = windows.column + 4 * window;
    int left = inside(-column, 6), right = inside(windows.width - column, 6);
    const ELEMENT *patch = source;
    ptrdiff_t distance = windows.row;
    if (windows.top > 0 || windows.bottom < 6 || left > 0 || right < 6) {
      memset(padded, 0, sizeof padded);
      for (int row = windows.top; row < windows.bottom; row++)
        for (int column = left; column < right; column++)
          *(stored *)(padded + (6 * row + column) * WIDTH) =
              *(const stored *)(patch + row * distance + column * WIDTH);
      patch = padded;
      distance = 6 * WIDTH;
    }
    vector half[6][6];
    unrolled for (int row = 0; row < 6; row++) {
      vector values[6];
      unrolled for (int column = 0; column < 6; column++)
        values[column] = load(patch + row * distance + column * WIDTH);
      transform(values, half[row]);
    }
    unrolled for (int column = 0; column < 6; column++) {
      vector values[6], result[6];
      unrolled for (int row = 0; row < 6; row++) values[row] = half[row][column];
      transform(values, result);
      unrolled for (int row = 0; row < 6; row++) store(result[row], target + (6 * row + column) * matrices.plane);
    }
  }
}

static INSTRUCTIONS void output(
    const ELEMENT *source, struct zoo_matrices matrices, const float *bias, const ELEMENT *summand,
    ELEMENT *target, struct zoo_windows windows, struct zoo_epilogue epilogue) {
  vector shift = *(const loose *)bias;
  for (int window = 0; window < windows.count; window++, source += matrices.tile) {
    vector half[6][4], result[4][4];
    unrolled for (int row = 0; row < 6; row++) {
      vector values[6];
      unrolled for (int column = 0; column < 6; column++)
        values[column] = load(source + (6 * row + column) * matrices.plane);
      untransform(values, half[row]);
    }
    unrolled for (int column = 0; column < 4; column++) {
      vector values[6], pixels[4];
      unrolled for (int row = 0; row < 6; row++) values[row] = half[row][column];
      untransform(values, pixels);
      unrolled for (int row = 0; row < 4; row++) {
        vector value = pixels[row] + shift;
        result[row][column] = epilogue.is_silu ? silu(value) : most(least(value, epilogue.low), epilogue.high);
      }
    }
    int right = inside(windows.width - windows.column - 4 * window, 4);
    for (int row = windows.top; row < windows.bottom; row++) {
      for (int column = 0; column < right; column++) {
        ptrdiff_t place = row * windows.row + (4 * window + column) * WIDTH;
        vector value = result[row][column];
        if (summand) {
          value += load(summand + place);
          value = most(least(value, epilogue.low_of_sum), epilogue.high_of_sum);
        }
        store(value, target + place);
      }
    }
  }
}

static INSTRUCTIONS void kernels(
    const float *source, ptrdiff_t tap, ELEMENT *target, ptrdiff_t plane, ptrdiff_t count) {
  for (ptrdiff_t block = 0; block < count; block++, source += WIDTH, target += WIDTH) {
    vector half[3][6];
    unrolled for (int row = 0; row < 3; row++) {
      vector values[3];
      unrolled for (int column = 0; column < 3; column++)
        values[column] = *(const loose *)(source + (3 * row + column) * tap);
      expand(values, half[row]);
    }
    unrolled for (int column = 0; column < 6; column++) {
      vector values[3], result[6];
      unrolled for (int row = 0; row < 3; row++) values[row] = half[row][column];
      expand(values, result);
      unrolled for (int row = 0; row < 6; row++) store(result[row], target + (6 * row + column) * plane);
    }
  }
}

#undef transform
#undef untransform
#undef expand
#undef input
#undef output
#undef kernels
