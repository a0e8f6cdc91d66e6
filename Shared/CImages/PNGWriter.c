#include <png.h>

#include "CImages.h"

static png_image described(uint32_t width, uint32_t height) {
  return (png_image){.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
}

size_t cimages_png_bound(uint32_t width, uint32_t height) {
  const png_image image = described(width, height);
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}

size_t cimages_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *to, size_t capacity) {
  png_image image = described(width, height);
  png_alloc_size_t count = capacity;
  const int is_written = png_image_write_to_memory(&image, to, &count, 0, pixels, (png_int_32)(width * 3), NULL);
  png_image_free(&image);
  return is_written ? count : 0;
}
