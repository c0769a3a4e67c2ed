#include "image_shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

struct zoo_png {
  png_structp library;
  png_infop info;
  const uint8_t *rest;
  size_t left;
  char message[128];
};

static void leave(png_structp library, png_const_charp text) {
  zoo_png *png = png_get_error_ptr(library);
  snprintf(png->message, sizeof png->message, "%s", text);
  png_longjmp(library, 1);
}

static void stay_silent(png_structp library, png_const_charp text) {
  (void)library;
  (void)text;
}

static void read_bytes(png_structp library, png_bytep destination, size_t count) {
  zoo_png *png = png_get_io_ptr(library);
  if (count > png->left) png_error(library, "the file ends too early");
  memcpy(destination, png->rest, count);
  png->rest += count;
  png->left -= count;
}

zoo_png *zoo_png_open(void) {
  zoo_png *png = calloc(1, sizeof(zoo_png));
  if (!png) return NULL;
  png->library = png_create_read_struct(PNG_LIBPNG_VER_STRING, png, leave, stay_silent);
  if (png->library) png->info = png_create_info_struct(png->library);
  if (png->info) return png;
  zoo_png_close(png);
  return NULL;
}

int zoo_png_read_header(zoo_png *png, const uint8_t *bytes, size_t count, zoo_png_info *info) {
  if (setjmp(png_jmpbuf(png->library))) return 0;
  png->rest = bytes;
  png->left = count;
  png_set_read_fn(png->library, png, read_bytes);
  png_read_info(png->library, png->info);
  info->width = png_get_image_width(png->library, png->info);
  info->height = png_get_image_height(png->library, png->info);
  info->bit_depth = png_get_bit_depth(png->library, png->info);
  int type = png_get_color_type(png->library, png->info);
  info->is_gray16 = info->bit_depth == 16 && type == PNG_COLOR_TYPE_GRAY;
  info->has_transparent_colour =
      type != PNG_COLOR_TYPE_PALETTE && png_get_valid(png->library, png->info, PNG_INFO_tRNS);
  return 1;
}

static void add_alpha(zoo_png *png, uint32_t opaque) {
  if (png_get_valid(png->library, png->info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png->library);
  else png_set_add_alpha(png->library, opaque, PNG_FILLER_AFTER);
}

int zoo_png_start(zoo_png *png, zoo_png_rows rows, uint32_t opaque, zoo_png_info *info) {
  if (setjmp(png_jmpbuf(png->library))) return 0;
  if (rows != ZOO_PNG_GRAY16) {
    png_set_strip_16(png->library);
    if (rows == ZOO_PNG_RGBA) add_alpha(png, opaque);
    else png_set_strip_alpha(png->library);
    png_set_palette_to_rgb(png->library);
    png_set_expand_gray_1_2_4_to_8(png->library);
    // The weights that TensorFlow gives it (tensorflow/core/lib/png/png_io.cc).
    if (rows != ZOO_PNG_LUMINANCE) png_set_gray_to_rgb(png->library);
    else if (png_get_color_type(png->library, png->info) & PNG_COLOR_MASK_COLOR)
      png_set_rgb_to_gray(png->library, 1, 0.299, 0.587);
  }
  info->passes = png_set_interlace_handling(png->library);
  png_read_update_info(png->library, png->info);
  info->row_bytes = png_get_rowbytes(png->library, png->info);
  return 1;
}

int zoo_png_read_row(zoo_png *png, uint8_t *row) {
  if (setjmp(png_jmpbuf(png->library))) return 0;
  png_read_row(png->library, row, NULL);
  return 1;
}

int zoo_png_finish(zoo_png *png) {
  if (setjmp(png_jmpbuf(png->library))) return 0;
  png_read_end(png->library, png->info);
  return 1;
}

const char *zoo_png_message(const zoo_png *png) { return png->message; }

void zoo_png_close(zoo_png *png) {
  if (png->library) png_destroy_read_struct(&png->library, &png->info, NULL);
  free(png);
}
