// Swift compiles for the instructions that all x86-64 processors have, with vectors of 4 values. In those the
// transforms take 2.5 to 4 times as long (measured on VGG16's maps), and the convolution loses to oneDNN's; so
// these two loops are here, and everything else is in Swift.
#include "winograd.h"

#ifdef __x86_64__
#define WITH(instructions) __attribute__((target(instructions)))
#else
#define WITH(instructions)
#endif
#define NAME(name) JOINED(name, WIDTH)
#define JOINED(name, width) PASTED(name, width)
#define PASTED(name, width) name##_##width

static const float a = ZOO_WINOGRAD_NEAR, b = ZOO_WINOGRAD_FAR;
static const float a2 = ZOO_WINOGRAD_NEAR * ZOO_WINOGRAD_NEAR, b2 = ZOO_WINOGRAD_FAR * ZOO_WINOGRAD_FAR;

#define WIDTH 16
#define INSTRUCTIONS WITH("avx512f,fma")
#include "transforms.h"
#undef WIDTH
#undef INSTRUCTIONS

#define WIDTH 8
#define INSTRUCTIONS WITH("avx2,fma")
#include "transforms.h"

void zoo_winograd_input(
    int width, const float *source, struct zoo_window window, int blocks, float *target, ptrdiff_t plane) {
  (width == 16 ? input_16 : input_8)(source, window, blocks, target, plane);
}

void zoo_winograd_output(
    int width, const float *source, ptrdiff_t plane, int blocks, const float *bias, const float *summand,
    float *target, struct zoo_window window, struct zoo_epilogue epilogue) {
  (width == 16 ? output_16 : output_8)(
      source, plane, blocks, bias, summand, target, window, epilogue);
}
