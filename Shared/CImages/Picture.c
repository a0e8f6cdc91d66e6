#include "Picture.h"

#include <stdlib.h>
#include <string.h>

bool cimages_prepare(CImagesPicture *picture, CImagesBounds bounds, uint32_t width, uint32_t height, int channels) {
  picture->width = width;
  picture->height = height;
  if ((uint64_t)width * height > bounds.maximum_pixels) {
    cimages_fail(picture, CImagesTooLarge, "");
    return false;
  }
  if (width < bounds.minimum_side || height < bounds.minimum_side) {
    cimages_fail(picture, CImagesTooSmall, "");
    return false;
  }
  picture->pixels = malloc((size_t)width * height * (size_t)channels);
  if (picture->pixels == NULL) cimages_fail(picture, CImagesOutOfMemory, "");
  return picture->pixels != NULL;
}

void cimages_lay_on_white(CImagesPicture *picture) {
  const uint8_t *from = picture->pixels;
  uint8_t *to = picture->pixels;
  for (size_t pixel = (size_t)picture->width * picture->height; pixel > 0; pixel--, from += 4, to += 3) {
    const unsigned alpha = from[3], white = 255 * (255 - alpha) + 127;
    to[0] = (uint8_t)((from[0] * alpha + white) / 255);
    to[1] = (uint8_t)((from[1] * alpha + white) / 255);
    to[2] = (uint8_t)((from[2] * alpha + white) / 255);
  }
}

void cimages_keep_exif(CImagesPicture *picture, const uint8_t *bytes, size_t count) {
  if (picture->exif != NULL || count == 0) return;
  picture->exif = malloc(count);
  if (picture->exif == NULL) return;
  memcpy(picture->exif, bytes, count);
  picture->exif_count = count;
}

void cimages_fail(CImagesPicture *picture, CImagesStatus status, const char *reason) {
  picture->status = status;
  size_t length = 0;
  for (; *reason != 0 && length + 1 < CIMAGES_REASON; reason++) {
    if (*reason >= ' ' && *reason < 0x7f) picture->reason[length++] = *reason;
  }
  picture->reason[length] = 0;
  free(picture->pixels);
  picture->pixels = NULL;
}

void cimages_release(CImagesPicture *picture) {
  free(picture->pixels);
  free(picture->exif);
  picture->pixels = NULL;
  picture->exif = NULL;
}
