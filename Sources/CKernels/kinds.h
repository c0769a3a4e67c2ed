// Includes LOOPS, a file of loops over blocks of WIDTH channels of which maps hold ELEMENTs, once for each kind of block.
#include "instructions.h"

#define ELEMENT float
#define WIDTH 16
#define INSTRUCTIONS WITH("avx512f,fma")
#include LOOPS
#undef WIDTH
#undef INSTRUCTIONS

#define WIDTH 8
#define INSTRUCTIONS WITH("avx2,fma")
#include LOOPS
#undef WIDTH
#undef INSTRUCTIONS
#undef ELEMENT

#define ELEMENT __bf16
#define WIDTH 16
#define INSTRUCTIONS WITH("avx512f,avx512bw,avx512vl,avx512bf16,fma")
#include LOOPS
