// Vectors of WIDTH values, and maps of ELEMENTs read and written as such. Each file of loops includes this once for each kind
// of block.
#define vector NAME(vector)
#define loose NAME(loose)
#define stored NAME(stored)
#define load NAME(load)
#define store NAME(store)
#define bits NAME(bits)
#define least NAME(least)
#define most NAME(most)
#define exponential NAME(exponential)
#define silu NAME(silu)

typedef float vector __attribute__((vector_size(WIDTH * sizeof(float))));
// In memory of others, which may start anywhere.
typedef float loose __attribute__((vector_size(WIDTH * sizeof(float)), aligned(sizeof(float))));
typedef ELEMENT stored __attribute__((vector_size(WIDTH * sizeof(ELEMENT)), aligned(sizeof(ELEMENT))));
typedef int bits __attribute__((vector_size(WIDTH * sizeof(int))));

inlined vector load(const ELEMENT *from) {
  return __builtin_convertvector(*(const stored *)from, vector);
}

inlined void store(vector value, ELEMENT *to) {
  *(stored *)to = __builtin_convertvector(value, stored);
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

// The exponential function, to within 2e-7 relative: 2ⁿ times a polynomial in the rest, which is at most half of ln 2.
// The polynomial and ln 2 in two parts are those of Cephes' expf (S. Moshier).
inlined vector exponential(vector x) {
  const float shifter = 12582912;
  x = most(least(x, -87), 88);
  vector shifted = x * 1.44269504f + shifter;
  vector n = shifted - shifter;
  vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  vector p = 1.9875691500e-4f + 0 * r;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1;
  bits power = ((bits)shifted - 0x4B400000 + 127) << 23;
  return p * (vector)power;
}

#if WIDTH == 16 && defined __x86_64__
// x / (1 + 2^(-x / ln 2)), where 2 to the power of the rest, at most a half, is a polynomial with the least relative error, 2e-9.
// A division takes as long as sixteen multiplications; the step behind the approximation of 1/d, to 14 bits, makes it one to
// 28. Bounded, so that d is not beyond what that can invert, and the rest is one; NaN stays.
inlined vector silu(vector x) {
  const float steepness = -1.44269504f;
  const __m512 limited = _mm512_max_ps(_mm512_set1_ps(-87), (__m512)x);
  const vector bounded = (vector)_mm512_min_ps(_mm512_set1_ps(87), limited);
  const vector whole = (vector)_mm512_roundscale_ps((__m512)(bounded * steepness), 0);
  const vector rest = bounded * steepness - whole;
  vector power = (vector){0} + 1.53458124e-4f;
  power = power * rest + 1.33999309e-3f;
  power = power * rest + 9.61848907e-3f;
  power = power * rest + 5.55032864e-2f;
  power = power * rest + 2.40226462e-1f;
  power = power * rest + 6.93147182e-1f;
  power = power * rest + 1;
  const vector d = 1 + (vector)_mm512_scalef_ps((__m512)power, (__m512)whole);
  const vector near = (vector)_mm512_rcp14_ps((__m512)d);
  return x * near * (2 - d * near);
}
#else
inlined vector silu(vector x) { return x / (1 + exponential(-x)); }
#endif
