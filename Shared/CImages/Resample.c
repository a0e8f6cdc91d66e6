#include <string.h>

#include "CImages.h"

static const int32_t half = 1 << (CIMAGES_WEIGHT_BITS - 1);

static inline uint8_t clipped(int32_t sum) {
  const int32_t value = sum >> CIMAGES_WEIGHT_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void cimages_resample_rows(
    const uint8_t *input, size_t stride, size_t rows, CImagesAxis axis, size_t width, uint8_t *output) {
  for (size_t y = 0; y < rows; y++, input += stride) {
    for (size_t x = 0; x < width; x++, output += 3) {
      const uint8_t *from = input + (size_t)axis.starts[x] * 3;
      const int32_t *weights = axis.weights + x * (size_t)axis.taps;
      int32_t red = half, green = half, blue = half;
      for (int32_t k = 0; k < axis.counts[x]; k++, from += 3) {
        red += from[0] * weights[k];
        green += from[1] * weights[k];
        blue += from[2] * weights[k];
      }
      output[0] = clipped(red);
      output[1] = clipped(green);
      output[2] = clipped(blue);
    }
  }
}

void cimages_resample_columns(
    const uint8_t *input, size_t row, CImagesAxis axis, size_t height, int32_t *sums, uint8_t *output) {
  for (size_t y = 0; y < height; y++, output += row) {
    for (size_t x = 0; x < row; x++) sums[x] = half;
    for (int32_t k = 0; k < axis.counts[y]; k++) {
      const uint8_t *from = input + ((size_t)axis.starts[y] + (size_t)k) * row;
      const int32_t weight = axis.weights[y * (size_t)axis.taps + (size_t)k];
      for (size_t x = 0; x < row; x++) sums[x] += from[x] * weight;
    }
    for (size_t x = 0; x < row; x++) output[x] = clipped(sums[x]);
  }
}
