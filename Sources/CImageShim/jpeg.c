#include "image_shim.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

// A progressive file of a few bytes can ask for thousands of passes over a huge picture.
enum { most_scans = 500 };

struct zoo_jpeg {
  struct jpeg_decompress_struct library;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};

static void leave(j_common_ptr library) {
  zoo_jpeg *jpeg = library->client_data;
  library->err->format_message(library, jpeg->message);
  longjmp(jpeg->escape, 1);
}

static void stay_silent(j_common_ptr library) { (void)library; }

static void limit_scans(j_common_ptr library) {
  zoo_jpeg *jpeg = library->client_data;
  if (!library->is_decompressor || jpeg->library.input_scan_number <= most_scans) return;
  strcpy(jpeg->message, "too many progressive scans");
  longjmp(jpeg->escape, 1);
}

// libjpeg's own memory source goes on with an invented end of image.
static boolean refuse_early_end(j_decompress_ptr library) {
  ERREXIT(library, JERR_INPUT_EOF);
  return FALSE;
}

zoo_jpeg *zoo_jpeg_open(void) { return calloc(1, sizeof(zoo_jpeg)); }

int zoo_jpeg_read_header(zoo_jpeg *jpeg, const uint8_t *bytes, size_t count, zoo_jpeg_info *info) {
  struct jpeg_decompress_struct *library = &jpeg->library;
  library->err = jpeg_std_error(&jpeg->errors);
  library->client_data = jpeg;
  jpeg->errors.error_exit = leave;
  jpeg->errors.output_message = stay_silent;
  if (setjmp(jpeg->escape)) return 0;
  jpeg_create_decompress(library);
  jpeg->progress.progress_monitor = limit_scans;
  library->progress = &jpeg->progress;
  jpeg_mem_src(library, bytes, count);
  library->src->fill_input_buffer = refuse_early_end;
  jpeg_read_header(library, TRUE);
  info->width = library->image_width;
  info->height = library->image_height;
  return 1;
}

int zoo_jpeg_start(zoo_jpeg *jpeg, int fast_dct, int luminance, int eighths, zoo_jpeg_info *info) {
  struct jpeg_decompress_struct *library = &jpeg->library;
  if (setjmp(jpeg->escape)) return 0;
  int is_cmyk = library->jpeg_color_space == JCS_CMYK || library->jpeg_color_space == JCS_YCCK;
  library->out_color_space = is_cmyk ? JCS_CMYK : luminance ? JCS_GRAYSCALE : JCS_RGB;
  library->dct_method = fast_dct ? JDCT_IFAST : JDCT_ISLOW;
  library->scale_num = (unsigned)eighths;
  library->scale_denom = 8;
  jpeg_start_decompress(library);
  info->width = library->output_width;
  info->height = library->output_height;
  info->channels = library->output_components;
  info->has_adobe_marker = library->saw_Adobe_marker;
  return 1;
}

int zoo_jpeg_read_row(zoo_jpeg *jpeg, uint8_t *row) {
  if (setjmp(jpeg->escape)) return 0;
  JSAMPROW rows[1] = {row};
  if (jpeg_read_scanlines(&jpeg->library, rows, 1) == 1) return 1;
  strcpy(jpeg->message, "no more rows");
  return 0;
}

int zoo_jpeg_finish(zoo_jpeg *jpeg) {
  if (setjmp(jpeg->escape)) return 0;
  return jpeg_finish_decompress(&jpeg->library);
}

const char *zoo_jpeg_message(const zoo_jpeg *jpeg) { return jpeg->message; }

void zoo_jpeg_close(zoo_jpeg *jpeg) {
  jpeg_destroy_decompress(&jpeg->library);
  free(jpeg);
}
