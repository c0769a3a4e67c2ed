// libjpeg and libpng leave a failed call with longjmp, which must not cross Swift. These few calls catch it:
// each returns 0 when the library failed, and the message says why. A handle that has failed can only be
// closed.
#ifndef ZOO_IMAGE_SHIM_H
#define ZOO_IMAGE_SHIM_H

#include <stddef.h>
#include <stdint.h>

typedef struct zoo_jpeg zoo_jpeg;

typedef struct {
  uint32_t width, height;
  int channels;        // bytes per pixel of a row: 1 (luminance), 3 (RGB) or 4 (CMYK)
  int has_adobe_marker;
} zoo_jpeg_info;

// NULL only without memory. `bytes` must stay valid until the handle is closed.
zoo_jpeg *zoo_jpeg_open(void);
int zoo_jpeg_read_header(zoo_jpeg *, const uint8_t *bytes, size_t count, zoo_jpeg_info *);
// Decodes at `eighths`/8 of the size; `info` then holds the size of what comes out.
// `luminance`: rows have one byte a pixel, but for CMYK.
int zoo_jpeg_start(zoo_jpeg *, int fast_dct, int luminance, int eighths, zoo_jpeg_info *);
int zoo_jpeg_read_row(zoo_jpeg *, uint8_t *row);
int zoo_jpeg_finish(zoo_jpeg *);
const char *zoo_jpeg_message(const zoo_jpeg *);
void zoo_jpeg_close(zoo_jpeg *);

// Writes RGB rows, width × height × 3, as a JPEG of `quality` 1 to 100. `bytes` is then to be given to free().
int zoo_jpeg_write(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t **bytes,
                   size_t *count);

typedef struct zoo_png zoo_png;

typedef struct {
  uint32_t width, height;
  int passes;      // more than one: interlaced, all rows are to be read that often, into the same places
  int is_gray16;   // 16-bit gray without alpha
  int bit_depth;
  int has_transparent_colour;   // one colour of gray or RGB that is not to be seen
  size_t row_bytes;
} zoo_png_info;

zoo_png *zoo_png_open(void);
int zoo_png_read_header(zoo_png *, const uint8_t *bytes, size_t count, zoo_png_info *);
// How rows come: bytes per pixel. 16-bit gray is big-endian, and only for pictures where `is_gray16`.
typedef enum { ZOO_PNG_LUMINANCE = 1, ZOO_PNG_GRAY16 = 2, ZOO_PNG_RGB = 3, ZOO_PNG_RGBA = 4 } zoo_png_rows;
// `opaque`: the opacity of pictures that have none, in their own depth.
int zoo_png_start(zoo_png *, zoo_png_rows, uint32_t opaque, zoo_png_info *);
int zoo_png_read_row(zoo_png *, uint8_t *row);
int zoo_png_finish(zoo_png *);
const char *zoo_png_message(const zoo_png *);
void zoo_png_close(zoo_png *);

// Writes rows of 8-bit gray, RGB or RGBA (1, 3 or 4 channels). `bytes` is then to be given to free().
int zoo_png_write(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **bytes,
                  size_t *count);

#endif
