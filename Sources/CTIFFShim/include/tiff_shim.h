// libtiff asks for tags and says what is wrong with variable arguments, which Swift has not. What it says is kept: for a
// process that reads one file at a time.
#ifndef ZOO_TIFF_SHIM_H
#define ZOO_TIFF_SHIM_H

#include <stddef.h>
#include <stdint.h>

typedef struct zoo_tiff zoo_tiff;

enum { zoo_tiff_most_extras = 8, zoo_tiff_unknown = 0xFFFF };

typedef struct {
  uint32_t width, height;
  uint16_t bits, samples, format;
  uint16_t compression;
  uint16_t photometric;   // as the file says, or `zoo_tiff_unknown`: libtiff would guess
  uint16_t inks;
  uint16_t orientation;
  int is_planar;          // a plane a sample, instead of a pixel's samples side by side
  int is_tiled;
  uint32_t block_width, block_height;   // of a tile, or of a strip: all but the last have as many rows
  uint16_t extras;        // samples beyond the colours' that the file speaks of; libtiff would add others
  uint16_t extra_kinds[zoo_tiff_most_extras];
  uint32_t pages;
} zoo_tiff_info;

// As in "4.5.0".
const char *zoo_tiff_version(void);

// The first picture of a file whose bytes stay valid until it is closed; NULL when it has none.
zoo_tiff *zoo_tiff_open(const uint8_t *bytes, size_t count);
void zoo_tiff_read_info(zoo_tiff *, zoo_tiff_info *);
// Each of the three has 1 << `bits` levels of 16 bits. 0 when there is none.
int zoo_tiff_palette(zoo_tiff *, const uint16_t **red, const uint16_t **green, const uint16_t **blue);
// Lets YCbCr within JPEG come as RGB; before anything else is decoded.
int zoo_tiff_decode_as_rgb(zoo_tiff *);
// Bytes of a row of a strip, and of a tile; of one plane where there are several. 0 when they cannot be counted.
uint64_t zoo_tiff_row_size(zoo_tiff *);
uint64_t zoo_tiff_tile_size(zoo_tiff *);
// Decode the strip or tile which that place is in. 0 unless all `count` bytes were there.
int zoo_tiff_read_strip(zoo_tiff *, uint32_t row, uint16_t plane, void *pixels, size_t count);
int zoo_tiff_read_tile(zoo_tiff *, uint32_t column, uint32_t row, uint16_t plane, void *pixels, size_t count);
// What went wrong first.
const char *zoo_tiff_message(void);
void zoo_tiff_close(zoo_tiff *);

#endif
