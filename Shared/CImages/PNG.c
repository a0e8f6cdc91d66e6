#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "Picture.h"

// One call's state. It stands outside the frame that longjmp returns to, so its values survive the jump.
typedef struct Reading {
  CImagesPicture picture;
  CImagesBounds bounds;
  const uint8_t *bytes;
  size_t count, position;
  bool is_animated;
  jmp_buf failed;
} Reading;

static void fail(Reading *reading, CImagesStatus status, const char *reason) {
  cimages_fail(&reading->picture, status, reason);
  longjmp(reading->failed, 1);
}

static void on_error(png_structp png, png_const_charp message) {
  fail(png_get_error_ptr(png), CImagesBroken, message);
}

// What libpng only warns of harms no pixel: a wrong profile, a chunk that stands in a wrong place.
static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  Reading *reading = png_get_io_ptr(png);
  if (count > reading->count - reading->position) fail(reading, CImagesTruncated, "");
  memcpy(to, reading->bytes + reading->position, count);
  reading->position += count;
}

// libpng knows nothing of animations, whose acTL stands before the first picture's data.
static int on_unknown_chunk(png_structp png, png_unknown_chunkp chunk) {
  Reading *reading = png_get_user_chunk_ptr(png);
  if (memcmp(chunk->name, "acTL", 4) == 0) reading->is_animated = true;
  return 1;
}

// Nothing that does not change pixels is unpacked: texts and profiles may be bombs of their own.
static void ignore_descriptions(png_structp png) {
  static const png_byte names[] =
      "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0sTER\0tEXt\0tIME\0zTXt";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, sizeof names / 5);
}

// All kinds of PNG to 8 bits of RGB, or RGBA where there is transparency. Returns the channels.
static int set_conversions(png_structp png, png_infop info) {
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  const bool has_alpha =
      (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  return has_alpha ? 4 : 3;
}

static void keep_exif(Reading *reading, png_structp png, png_infop info) {
  png_bytep exif = NULL;  // libpng's, freed with `info`
  png_uint_32 count = 0;
  if (png_get_eXIf_1(png, info, &count, &exif) != 0) cimages_keep_exif(&reading->picture, exif, count);
}

static void decode(Reading *reading, png_structp png, png_infop info) {
  png_read_info(png, info);
  if (reading->is_animated) fail(reading, CImagesAnimated, "");
  const int channels = set_conversions(png, info);
  const uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  if (!cimages_prepare(&reading->picture, reading->bounds, width, height, channels)) return;
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t row = (size_t)width * (size_t)channels;
  if (png_get_rowbytes(png, info) != row) fail(reading, CImagesBroken, "rows of an unexpected length");
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < height; y++) png_read_row(png, reading->picture.pixels + y * row, NULL);
  }
  png_read_end(png, info);
  keep_exif(reading, png, info);
  if (channels == 4) cimages_lay_on_white(&reading->picture);
}

// Everything that can jump stands below `decode`; all that is made here is destroyed here.
static void read(Reading *reading) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reading, on_error, on_warning);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    cimages_fail(&reading->picture, CImagesOutOfMemory, "");
    return;
  }
  if (setjmp(reading->failed) == 0) {
    png_set_read_fn(png, reading, read_bytes);
    png_set_read_user_chunk_fn(png, reading, on_unknown_chunk);
    // Bounds are ours; what is too large shall be told as that.
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    // A checksum that is wrong is a broken file, in a chunk that is not needed, too.
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    ignore_descriptions(png);
    decode(reading, png, info);
  }
  png_destroy_read_struct(&png, &info, NULL);
}

CImagesPicture cimages_decode_png(const uint8_t *bytes, size_t count, CImagesBounds bounds) {
  Reading reading = {.bounds = bounds, .bytes = bytes, .count = count};
  read(&reading);
  return reading.picture;
}
