// Both kinds of numbers with one set of instructions.

// Channels of an output that a tile works on: a group of the packed weights.
static int JOINED(group, of, INSTRUCTIONS)(int out) {
  const int tile[] = {TILE(out)};
  return tile[2] * LANES;
}

#define KIND floats
#define IS_INT8 0
#define Activation float
#define Weight float
#define PACK 1
#include "Kernels.h"
#undef KIND
#undef IS_INT8
#undef Activation
#undef Weight
#undef PACK

#define KIND int8
#define IS_INT8 1
#define PACK PACK_INT8
#if PACK_INT8 == 4
#define Activation uint8_t
#define Weight int8_t
#else
#define Activation int16_t
#define Weight int16_t
#endif
#include "Kernels.h"
#undef KIND
#undef IS_INT8
#undef Activation
#undef Weight
#undef PACK

#undef INSTRUCTIONS
#undef LANES
#undef TILE
#undef WINOGRAD_TILE
#undef WINOGRAD_COLUMN_TILES
#undef THREE_EIGHTHS
#undef MULTIPLY
#undef PACK_INT8
