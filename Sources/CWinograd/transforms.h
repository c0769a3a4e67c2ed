// The transforms for blocks of WIDTH channels; winograd.c includes this once for each width.

#define vector NAME(vector)
#define loose NAME(loose)
#define bits NAME(bits)
#define transform NAME(transform)
#define untransform NAME(untransform)
#define least NAME(least)
#define most NAME(most)
#define input NAME(input)
#define output NAME(output)
#define inlined static inline __attribute__((always_inline)) INSTRUCTIONS
// Arrays of vectors become registers only where all of their indices are constants.
#define unrolled _Pragma("clang loop unroll(full)")

typedef float vector __attribute__((vector_size(WIDTH * sizeof(float))));
// In memory of others, which may start anywhere.
typedef float loose __attribute__((vector_size(WIDTH * sizeof(float)), aligned(sizeof(float))));
typedef int bits __attribute__((vector_size(WIDTH * sizeof(int))));

// Bᵀ d for one column or row.
inlined void transform(const loose d[6], vector to[6]) {
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

// Not below `limit`; NaN stays.
inlined vector least(vector value, float limit) {
  bits isBelow = value < limit;
  return (vector)(((bits)(limit + (vector){0}) & isBelow) | ((bits)value & ~isBelow));
}

// Not above `limit`; NaN stays.
inlined vector most(vector value, float limit) {
  bits isAbove = value > limit;
  return (vector)(((bits)(limit + (vector){0}) & isAbove) | ((bits)value & ~isAbove));
}

static INSTRUCTIONS void input(
    const float *source, struct zoo_window window, int blocks, float *target, ptrdiff_t plane) {
  int isWhole = window.top == 0 && window.left == 0 && window.bottom == 6 && window.right == 6;
  loose padded[36] = {0};
  for (int block = 0; block < blocks; block++, source += window.block, target += WIDTH) {
    const loose *patch = (const loose *)source;
    ptrdiff_t distance = window.row / WIDTH;
    if (!isWhole) {
      for (int row = window.top; row < window.bottom; row++)
        for (int column = window.left; column < window.right; column++)
          padded[6 * row + column] = patch[row * distance + column];
      patch = padded;
      distance = 6;
    }
    vector half[6][6];
    unrolled for (int row = 0; row < 6; row++) transform(patch + row * distance, half[row]);
    unrolled for (int column = 0; column < 6; column++) {
      loose values[6];
      vector result[6];
      unrolled for (int row = 0; row < 6; row++) values[row] = half[row][column];
      transform(values, result);
      unrolled for (int row = 0; row < 6; row++)
        *(loose *)(target + (6 * row + column) * plane) = result[row];
    }
  }
}

static INSTRUCTIONS void output(
    const float *source, ptrdiff_t plane, int blocks, const float *bias, const float *summand, float *target,
    struct zoo_window window, struct zoo_epilogue epilogue) {
  for (int block = 0; block < blocks; block++, source += WIDTH) {
    vector half[6][4], result[4][4], shift = *(const loose *)(bias + block * WIDTH);
    unrolled for (int row = 0; row < 6; row++) {
      vector values[6];
      unrolled for (int column = 0; column < 6; column++)
        values[column] = *(const loose *)(source + (6 * row + column) * plane);
      untransform(values, half[row]);
    }
    unrolled for (int column = 0; column < 4; column++) {
      vector values[6], pixels[4];
      unrolled for (int row = 0; row < 6; row++) values[row] = half[row][column];
      untransform(values, pixels);
      unrolled for (int row = 0; row < 4; row++)
        result[row][column] = most(least(pixels[row] + shift, epilogue.low), epilogue.high);
    }
    for (int row = window.top; row < window.bottom; row++) {
      ptrdiff_t start = block * window.block + row * window.row;
      for (int column = window.left; column < window.right; column++) {
        ptrdiff_t place = start + column * WIDTH;
        vector value = result[row][column];
        if (summand) {
          value += *(const loose *)(summand + place);
          value = most(least(value, epilogue.low_of_sum), epilogue.high_of_sum);
        }
        *(loose *)(target + place) = value;
      }
    }
  }
}

#undef vector
#undef loose
#undef bits
#undef transform
#undef untransform
#undef least
#undef most
#undef input
#undef output
#undef inlined
#undef unrolled
