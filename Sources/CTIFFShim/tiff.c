#include "tiff_shim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

struct zoo_tiff {
  TIFF *library;
  const uint8_t *bytes;
  uint64_t count;
  uint64_t position;
};

static char message[512];
// Codecs only warn of data that end early, and go on with what they have invented.
static int ended_early;

static void keep_error(const char *module, const char *format, va_list arguments) {
  (void)module;
  if (message[0] == 0) vsnprintf(message, sizeof message, format, arguments);
}

static void look_at_warning(const char *module, const char *format, va_list arguments) {
  (void)module;
  char text[sizeof message];
  vsnprintf(text, sizeof text, format, arguments);
  if (strstr(text, "Premature") == NULL && strstr(text, "Bad code word") == NULL) return;
  ended_early = 1;
  if (message[0] == 0) strcpy(message, text);
}

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t count) {
  zoo_tiff *tiff = handle;
  if (count < 0 || tiff->position >= tiff->count) return 0;
  uint64_t left = tiff->count - tiff->position;
  uint64_t taken = (uint64_t)count < left ? (uint64_t)count : left;
  memcpy(target, tiff->bytes + tiff->position, taken);
  tiff->position += taken;
  return (tmsize_t)taken;
}

static tmsize_t refuse_to_write(thandle_t handle, void *source, tmsize_t count) {
  (void)handle, (void)source, (void)count;
  return 0;
}

static toff_t seek_to(thandle_t handle, toff_t offset, int whence) {
  zoo_tiff *tiff = handle;
  uint64_t start = whence == SEEK_CUR ? tiff->position : whence == SEEK_END ? tiff->count : 0;
  return tiff->position = start + offset;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((zoo_tiff *)handle)->count; }

static uint64_t number_at(const zoo_tiff *tiff, uint64_t place, unsigned size) {
  if (place > tiff->count || tiff->count - place < size) return 0;
  uint64_t value = 0;
  for (unsigned i = 0; i < size; i++) {
    unsigned digit = tiff->bytes[0] == 'M' ? i : size - 1 - i;
    value = value << 8 | tiff->bytes[place + digit];
  }
  return value;
}

// Whether the first directory has a tag, and its first value where that is one of 16 bits.
static int says(const zoo_tiff *tiff, uint16_t tag, uint16_t *value) {
  int is_big = number_at(tiff, 2, 2) == 43;
  uint64_t directory = is_big ? number_at(tiff, 8, 8) : number_at(tiff, 4, 4);
  uint64_t entries = number_at(tiff, directory, is_big ? 8 : 2);
  for (uint64_t i = 0; i < entries && i < 1 << 16; i++) {
    uint64_t entry = directory + (is_big ? 8 + 20 * i : 2 + 12 * i);
    if (number_at(tiff, entry, 2) != tag) continue;
    *value = (uint16_t)number_at(tiff, entry + (is_big ? 12 : 8), 2);
    return 1;
  }
  return 0;
}

const char *zoo_tiff_version(void) {
  static char version[32];
  // "LIBTIFF, Version 4.5.0", and then the copyright.
  if (sscanf(TIFFGetVersion(), "LIBTIFF, Version %31[0-9.]", version) != 1) strcpy(version, "unknown");
  return version;
}

zoo_tiff *zoo_tiff_open(const uint8_t *bytes, size_t count) {
  message[0] = 0;
  ended_early = 0;
  TIFFSetErrorHandler(keep_error);
  TIFFSetWarningHandler(look_at_warning);
  zoo_tiff *tiff = calloc(1, sizeof(zoo_tiff));
  if (tiff == NULL) return NULL;
  tiff->bytes = bytes;
  tiff->count = count;
  tiff->library = TIFFClientOpen(
      "picture", "rm", tiff, read_bytes, refuse_to_write, seek_to, close_nothing, size_of, NULL, NULL);
  if (tiff->library != NULL) return tiff;
  free(tiff);
  return NULL;
}

void zoo_tiff_read_info(zoo_tiff *tiff, zoo_tiff_info *info) {
  TIFF *library = tiff->library;
  memset(info, 0, sizeof *info);
  TIFFGetField(library, TIFFTAG_IMAGEWIDTH, &info->width);
  TIFFGetField(library, TIFFTAG_IMAGELENGTH, &info->height);
  TIFFGetFieldDefaulted(library, TIFFTAG_BITSPERSAMPLE, &info->bits);
  TIFFGetFieldDefaulted(library, TIFFTAG_SAMPLESPERPIXEL, &info->samples);
  TIFFGetFieldDefaulted(library, TIFFTAG_SAMPLEFORMAT, &info->format);
  TIFFGetFieldDefaulted(library, TIFFTAG_COMPRESSION, &info->compression);
  TIFFGetFieldDefaulted(library, TIFFTAG_INKSET, &info->inks);
  TIFFGetFieldDefaulted(library, TIFFTAG_ORIENTATION, &info->orientation);
  if (!says(tiff, TIFFTAG_PHOTOMETRIC, &info->photometric)) info->photometric = zoo_tiff_unknown;
  uint16_t planes = PLANARCONFIG_CONTIG;
  TIFFGetFieldDefaulted(library, TIFFTAG_PLANARCONFIG, &planes);
  info->is_planar = planes == PLANARCONFIG_SEPARATE && info->samples > 1;
  info->is_tiled = TIFFIsTiled(library);
  if (info->is_tiled) {
    TIFFGetField(library, TIFFTAG_TILEWIDTH, &info->block_width);
    TIFFGetField(library, TIFFTAG_TILELENGTH, &info->block_height);
  } else {
    info->block_width = info->width;
    TIFFGetFieldDefaulted(library, TIFFTAG_ROWSPERSTRIP, &info->block_height);
  }
  uint16_t *kinds = NULL, first = 0;
  if (says(tiff, TIFFTAG_EXTRASAMPLES, &first)) {
    TIFFGetFieldDefaulted(library, TIFFTAG_EXTRASAMPLES, &info->extras, &kinds);
  }
  for (int i = 0; i < info->extras && i < zoo_tiff_most_extras; i++) info->extra_kinds[i] = kinds[i];
  info->pages = (uint32_t)TIFFNumberOfDirectories(library);
  // The pages behind the first may be damaged.
  message[0] = 0;
  ended_early = 0;
}

int zoo_tiff_palette(zoo_tiff *tiff, const uint16_t **red, const uint16_t **green, const uint16_t **blue) {
  return TIFFGetField(tiff->library, TIFFTAG_COLORMAP, red, green, blue);
}

int zoo_tiff_decode_as_rgb(zoo_tiff *tiff) {
  return TIFFSetField(tiff->library, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
}

uint64_t zoo_tiff_row_size(zoo_tiff *tiff) { return TIFFScanlineSize64(tiff->library); }

uint64_t zoo_tiff_tile_size(zoo_tiff *tiff) { return TIFFTileSize64(tiff->library); }

int zoo_tiff_read_strip(zoo_tiff *tiff, uint32_t row, uint16_t plane, void *pixels, size_t count) {
  uint32_t strip = TIFFComputeStrip(tiff->library, row, plane);
  tmsize_t found = TIFFReadEncodedStrip(tiff->library, strip, pixels, (tmsize_t)count);
  return found == (tmsize_t)count && !ended_early;
}

int zoo_tiff_read_tile(
    zoo_tiff *tiff, uint32_t column, uint32_t row, uint16_t plane, void *pixels, size_t count) {
  uint32_t tile = TIFFComputeTile(tiff->library, column, row, 0, plane);
  tmsize_t found = TIFFReadEncodedTile(tiff->library, tile, pixels, (tmsize_t)count);
  return found == (tmsize_t)count && !ended_early;
}

const char *zoo_tiff_message(void) { return message[0] != 0 ? message : "libtiff gives no reason"; }

void zoo_tiff_close(zoo_tiff *tiff) {
  TIFFClose(tiff->library);
  free(tiff);
}
