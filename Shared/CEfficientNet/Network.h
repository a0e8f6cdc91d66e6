// A network's blocks, and what computing them writes to.
#pragma once

#include "Layers.h"

#define STEM_DEPTH 28  // numbers that the stem reads for an output: 27, made even

// A block, and how its rows are worked on. Hidden rows lie in a ring of `slots`, each with the padding beside it.
typedef struct Block {
  Pointwise expand, project;
  Depthwise depthwise;
  bool is_residual;
  int32_t channels;          // of the outputs
  int32_t inputs, outputs;   // pixels a side
  int32_t before;            // padding above and to the left
  int32_t pitch;             // pixels of a hidden row with its padding
  int32_t group;             // panels that are worked on together
  int32_t slots;             // hidden rows that are kept
  int32_t strip;             // output rows that are made together
} Block;

struct CEfficientNet {
  Kernels kernels;
  int32_t size;
  Block *blocks;
  int32_t count;
  Pointwise head;
};

struct CEfficientNetScratch {
  void *image;           // [size + 2][size + 2][3], elements, with zeros around
  void *patches;         // [pixels of a strip][STEM_DEPTH], elements
  float *hidden;         // [slots][pitch][group]
  float *zero_row;       // [pitch][group], of the padding above and below
  int32_t *places;       // of each pixel of a strip, where in `hidden`
  void *filtered;        // [pixels of a strip][hidden], elements
  float *outputs[2];     // [pixels][outputs], of this block and the one before
  void *elements[2];     // the same as elements
};

// Memory of zeros, aligned to 64 bytes, which `free` frees; NULL where there is none.
void *cefficientnet_zeros(int64_t bytes);

// Rounded to even.
static inline uint16_t bfloat16(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
