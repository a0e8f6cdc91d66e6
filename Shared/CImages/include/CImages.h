// Pictures from files, and their resampling: libpng, libjpeg-turbo and libwebp behind a few functions.
//
// Ownership: bytes that go in are borrowed for the call. What a decoder gives out belongs to the caller, who hands it to
// cimages_release once, whether decoding went well or not. Each library's own handles live and die inside one call, and
// so do their setjmp and longjmp.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum CImagesStatus {
  CImagesDecoded = 0,
  CImagesBroken,       // `reason` has the library's words
  CImagesTruncated,    // the file ends before the picture does
  CImagesAnimated,     // more than one frame
  CImagesTooLarge,     // more than `maximum_pixels`; nothing was decoded
  CImagesTooSmall,     // a side below `minimum_side`; nothing was decoded
  CImagesOutOfMemory,
} CImagesStatus;

// What a header may ask for before anything is decoded or allocated.
typedef struct CImagesBounds {
  uint64_t maximum_pixels;
  uint32_t minimum_side;
} CImagesBounds;

#define CIMAGES_REASON 160

typedef struct CImagesPicture {
  CImagesStatus status;
  uint32_t width, height;  // as the header says; 0 where it could not be read
  uint8_t *pixels;         // height x width x 3, RGB, alpha laid on white; NULL unless decoded
  uint8_t *exif;           // a TIFF header and what follows, as it stands in the file; NULL where there is none
  size_t exif_count;       // bytes of it
  char reason[CIMAGES_REASON];  // ASCII, ends with 0; empty unless broken
} CImagesPicture;

// Each reads `count` bytes of a file of its format. Colour profiles and gamma are ignored: networks are trained on
// pixels as they stand, and the usual tools of training ignore them, too.
CImagesPicture cimages_decode_png(const uint8_t *bytes, size_t count, CImagesBounds bounds);
CImagesPicture cimages_decode_jpeg(const uint8_t *bytes, size_t count, CImagesBounds bounds);
CImagesPicture cimages_decode_webp(const uint8_t *bytes, size_t count, CImagesBounds bounds);

// Frees what a decoder gave out.
void cimages_release(CImagesPicture *picture);

// Writes height x width x 3 bytes of RGB as a PNG file to `capacity` bytes of the caller's, which suffice where they are
// as many as cimages_png_bound says. Returns how many it wrote; 0 where there is no memory.
size_t cimages_png_bound(uint32_t width, uint32_t height);
size_t cimages_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *to, size_t capacity);

// Weights of one axis: output i is the sum over k < counts[i] of weights[i * taps + k] x input[starts[i] + k].
// Fixed point, CIMAGES_WEIGHT_BITS after the point.
typedef struct CImagesAxis {
  const int32_t *starts, *counts, *weights;
  int32_t taps;
} CImagesAxis;

#define CIMAGES_WEIGHT_BITS 22

// Resamples `rows` rows of RGB from any width to `width`: input's rows are `stride` bytes apart, output's width x 3.
void cimages_resample_rows(
    const uint8_t *input, size_t stride, size_t rows, CImagesAxis axis, size_t width, uint8_t *output);
// Resamples columns: input is rows of `row` bytes, output `height` such rows. `sums` holds `row` numbers of scratch.
void cimages_resample_columns(
    const uint8_t *input, size_t row, CImagesAxis axis, size_t height, int32_t *sums, uint8_t *output);

#ifdef __cplusplus
}
#endif
