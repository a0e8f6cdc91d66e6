// Layers, and the kernels that compute them: one set for each set of instructions.
#pragma once

#include "CEfficientNet.h"

#define LANES 16
#define MAXIMUM_KERNEL 5

typedef float Lanes __attribute__((vector_size(LANES * 4)));

// A 1 × 1 convolution. Weights lie in panels of 16 outputs: [panels][depth][16], bfloat16 in pairs of the depth.
typedef struct Pointwise {
  void *weights;
  float *bias;     // [panels × 16]
  int32_t depth;   // inputs, even
  int32_t panels;
} Pointwise;

typedef struct Depthwise {
  float *weights;  // [kernel × kernel][channels]
  float *bias;
  int32_t kernel, stride, channels;
} Depthwise;

// One set of instructions; `in`, `elements` and `out` of the depthwise are of `element_bytes` each.
typedef struct Kernels {
  void (*expand)(const void *in, int64_t stride, int64_t rows, const Pointwise *, int first, int end,
                 const int32_t *places, float *out);
  void (*depthwise)(const Depthwise *, const float *const *rows, int64_t width, int64_t outputs, int first, int end,
                    void *out);
  void (*project)(const void *in, int64_t stride, int64_t rows, const Pointwise *, const float *residual, float *out,
                  void *elements);
  int32_t element_bytes;
  int32_t panels;  // of a tile
} Kernels;

Kernels cefficientnet_kernels(CEfficientNetInstructions instructions);
