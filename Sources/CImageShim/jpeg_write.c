#include "image_shim.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

struct writer {
  struct jpeg_compress_struct library;
  struct jpeg_error_mgr errors;
  jmp_buf escape;
  unsigned char *bytes;
  unsigned long count;
};

static void leave(j_common_ptr library) {
  struct writer *writer = library->client_data;
  longjmp(writer->escape, 1);
}

static void stay_silent(j_common_ptr library) { (void)library; }

// What setjmp and longjmp need to find unchanged lies in `writer`, not in variables of its own.
static int write_rows(struct writer *writer, const uint8_t *rgb, uint32_t width, uint32_t height,
                      int quality) {
  struct jpeg_compress_struct *library = &writer->library;
  library->err = jpeg_std_error(&writer->errors);
  library->client_data = writer;
  writer->errors.error_exit = leave;
  writer->errors.output_message = stay_silent;
  if (setjmp(writer->escape)) return 0;
  jpeg_create_compress(library);
  jpeg_mem_dest(library, &writer->bytes, &writer->count);
  library->image_width = width;
  library->image_height = height;
  library->input_components = 3;
  library->in_color_space = JCS_RGB;
  jpeg_set_defaults(library);
  jpeg_set_quality(library, quality, TRUE);
  jpeg_start_compress(library, TRUE);
  while (library->next_scanline < height) {
    JSAMPROW rows[1] = {(JSAMPROW)(rgb + (size_t)library->next_scanline * width * 3)};
    jpeg_write_scanlines(library, rows, 1);
  }
  jpeg_finish_compress(library);
  return 1;
}

int zoo_jpeg_write(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t **bytes,
                   size_t *count) {
  struct writer *writer = calloc(1, sizeof(struct writer));
  if (!writer) return 0;
  int is_written = write_rows(writer, rgb, width, height, quality);
  jpeg_destroy_compress(&writer->library);
  if (is_written) {
    *bytes = writer->bytes;
    *count = writer->count;
  } else {
    free(writer->bytes);
  }
  free(writer);
  return is_written;
}
