#ifndef ZOO_BLOCKS_H
#define ZOO_BLOCKS_H

/// The numbers of a map and how many channels are in a block of it. Blocks of 16 are had with AVX-512, with bfloat16 also
/// with AVX512-BF16, blocks of 8 with AVX2 and FMA.
enum zoo_block { ZOO_FLOAT32_16, ZOO_FLOAT32_8, ZOO_BFLOAT16_16 };

#endif
