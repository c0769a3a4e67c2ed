#include "image_shim.h"

#include <stdlib.h>
#include <string.h>

#include <png.h>

// libpng's simplified interface catches its own longjmp.
int zoo_png_write(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **bytes,
                  size_t *count) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  uint8_t *memory = malloc(size);
  if (!memory) return 0;
  if (!png_image_write_to_memory(&image, memory, &size, 0, pixels, 0, NULL)) {
    free(memory);
    return 0;
  }
  *bytes = memory;
  *count = size;
  return 1;
}
