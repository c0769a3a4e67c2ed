// Swift compiles for the instructions that all x86-64 processors have, with vectors of 4 values. In those, Winograd's
// transforms take 2.5 to 4 times as long (measured on VGG16's maps); so the innermost loops are here, and everything else
// is in Swift.
#ifndef ZOO_INSTRUCTIONS_H
#define ZOO_INSTRUCTIONS_H

#ifdef __x86_64__
#include <immintrin.h>
#define WITH(instructions) __attribute__((target(instructions)))
#else
#define WITH(instructions)
#endif
// A name for each kind of block.
#define NAME(name) JOINED(name, ELEMENT, WIDTH)
#define JOINED(name, element, width) PASTED(name, element, width)
#define PASTED(name, element, width) name##_##element##_##width
#define inlined static inline __attribute__((always_inline)) INSTRUCTIONS
// Arrays of vectors become registers only where all of their indices are constants.
#define unrolled _Pragma("clang loop unroll(full)")

#endif
