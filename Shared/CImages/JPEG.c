#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "Picture.h"

// A progressive picture of few bytes may ask for thousands of passes over all its pixels; encoders write some 10.
#define MAXIMUM_SCANS 32
#define EXIF_MARKER (JPEG_APP0 + 1)

// One call's state. It stands outside the frame that longjmp returns to, so its values survive the jump.
typedef struct Reading {
  CImagesPicture picture;
  CImagesBounds bounds;
  const uint8_t *bytes;
  size_t count;
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
} Reading;

static Reading *reading_of(j_common_ptr jpeg) { return jpeg->client_data; }

static void fail(Reading *reading, CImagesStatus status, const char *reason) {
  cimages_fail(&reading->picture, status, reason);
  longjmp(reading->failed, 1);
}

static void on_error(j_common_ptr jpeg) {
  Reading *reading = reading_of(jpeg);
  if (jpeg->err->msg_code == JERR_OUT_OF_MEMORY) fail(reading, CImagesOutOfMemory, "");
  if (jpeg->err->msg_code == JERR_IMAGE_TOO_BIG) {
    reading->picture.width = reading->jpeg.image_width;
    reading->picture.height = reading->jpeg.image_height;
    fail(reading, CImagesTooLarge, "");
  }
  char reason[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, reason);
  fail(reading, CImagesBroken, reason);
}

// libjpeg fills what is missing or damaged with grey and warns; a guess about such pixels must not be taken for one
// about the picture. Its other warnings, such as bytes too many between two segments, harm no pixel.
static void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
      fail(reading_of(jpeg), CImagesTruncated, "");
      break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      on_error(jpeg);
      break;
    default:
      break;
  }
}

static void on_progress(j_common_ptr jpeg) {
  Reading *reading = reading_of(jpeg);
  if (reading->jpeg.input_scan_number > MAXIMUM_SCANS) fail(reading, CImagesBroken, "more than 32 scans");
}

static void keep_exif(Reading *reading) {
  static const char prefix[6] = "Exif\0";
  for (jpeg_saved_marker_ptr marker = reading->jpeg.marker_list; marker != NULL; marker = marker->next) {
    if (marker->data_length <= sizeof prefix || memcmp(marker->data, prefix, sizeof prefix) != 0) continue;
    cimages_keep_exif(&reading->picture, marker->data + sizeof prefix, marker->data_length - sizeof prefix);
  }
}

// CMYK of a JPEG stands inverted, 255 for no ink: Adobe's programs write it so, and all readers take it so.
static void to_rgb(uint8_t *pixels, size_t count) {
  uint8_t *to = pixels;
  for (const uint8_t *from = pixels; count > 0; count--, from += 4, to += 3) {
    const unsigned black = from[3];
    to[0] = (uint8_t)((from[0] * black + 127) / 255);
    to[1] = (uint8_t)((from[1] * black + 127) / 255);
    to[2] = (uint8_t)((from[2] * black + 127) / 255);
  }
}

static void decode(Reading *reading) {
  struct jpeg_decompress_struct *jpeg = &reading->jpeg;
  CImagesPicture *picture = &reading->picture;
  jpeg_create_decompress(jpeg);
  jpeg->client_data = reading;
  jpeg->progress = &reading->progress;
  jpeg_save_markers(jpeg, EXIF_MARKER, 0xffff);
  jpeg_mem_src(jpeg, reading->bytes, reading->count);
  jpeg_read_header(jpeg, TRUE);
  const bool has_inks = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
  const int channels = has_inks ? 4 : 3;
  jpeg->out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
  if (!cimages_prepare(picture, reading->bounds, jpeg->image_width, jpeg->image_height, channels)) return;
  jpeg_start_decompress(jpeg);
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = picture->pixels + (size_t)jpeg->output_scanline * jpeg->output_width * (size_t)channels;
    jpeg_read_scanlines(jpeg, &row, 1);
  }
  // Before the end, which frees the markers.
  keep_exif(reading);
  jpeg_finish_decompress(jpeg);
  if (has_inks) to_rgb(picture->pixels, (size_t)picture->width * picture->height);
}

// What jumps comes back into this frame, of which nothing is used afterwards.
static void decode_or_stop(Reading *reading) {
  if (setjmp(reading->failed) == 0) decode(reading);
  jpeg_destroy_decompress(&reading->jpeg);
}

CImagesPicture cimages_decode_jpeg(const uint8_t *bytes, size_t count, CImagesBounds bounds) {
  Reading reading = {.bounds = bounds, .bytes = bytes, .count = count};
  reading.jpeg.err = jpeg_std_error(&reading.errors);
  // jpeg_create_decompress keeps both; it may fail, and then needs the one and the other.
  reading.jpeg.client_data = &reading;
  reading.errors.error_exit = on_error;
  reading.errors.emit_message = on_message;
  reading.progress.progress_monitor = on_progress;
  decode_or_stop(&reading);
  return reading.picture;
}
