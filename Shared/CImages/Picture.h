// What the decoders share.
#pragma once

#include <stdbool.h>

#include "CImages.h"

// Takes the header's width and height, holds them against the bounds, and allocates the pixels, `channels` bytes each:
// 4 leave room for alpha, which cimages_lay_on_white takes out again.
// Returns false, with the status set, where there is no way on.
bool cimages_prepare(CImagesPicture *picture, CImagesBounds bounds, uint32_t width, uint32_t height, int channels);

// RGBA to RGB, in place.
void cimages_lay_on_white(CImagesPicture *picture);

// Copies EXIF's bytes; a copy that finds no memory leaves none, as a file without EXIF would.
void cimages_keep_exif(CImagesPicture *picture, const uint8_t *bytes, size_t count);

// Fails with a reason; what is not ASCII in it is left out. The pixels are freed.
void cimages_fail(CImagesPicture *picture, CImagesStatus status, const char *reason);
