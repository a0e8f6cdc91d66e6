#include "CResNet.h"

#include <math.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// A product is rounded before it is added: every set of instructions gives the same.
#pragma STDC FP_CONTRACT OFF

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define BUFFER_NUMBERS (34 * 34 * 16)  // of the largest layer, with its border
#define PICTURE_BYTES (CRESNET_SIDE * CRESNET_SIDE * 3)
#define BLOCK_PICTURES 4               // that go through a layer together, so that its weights stay near

// What stands for 0 in the 8 bits of one of the 16 places of Bᵀ d B.
#define WINOGRAD_ZERO(place) ((place) == 5 ? 0 : 128)

#define JOIN(name, kind, instructions) name##_##kind##_##instructions
#define JOINED(name, kind, instructions) JOIN(name, kind, instructions)
#define KERNEL(name) JOINED(name, KIND, INSTRUCTIONS)

// The portable kernels keep 8-bit numbers as 16 bits, two of which are read at a time.
typedef int32_t PortableSums __attribute__((vector_size(16), aligned(4)));
typedef int16_t PortablePacks __attribute__((vector_size(16), aligned(4)));
static ALWAYS_INLINE PortableSums multiply_packs(PortableSums sum, PortableSums activations, PortableSums weights) {
  const PortablePacks left = (PortablePacks)activations, right = (PortablePacks)weights;
#define HALF(packs, first) \
  __builtin_convertvector(__builtin_shufflevector(packs, packs, first, first + 2, first + 4, first + 6), PortableSums)
  return sum + (HALF(left, 0) * HALF(right, 0) + HALF(left, 1) * HALF(right, 1));
#undef HALF
}

#define INSTRUCTIONS portable
#define LANES 4
#define TILE(out) 1, 4, 2
#define WINOGRAD_TILE(channels) 4, 2
#define WINOGRAD_COLUMN_TILES 2
#define THREE_EIGHTHS(value) (((value) * 3 + 4) >> 3)
#define MULTIPLY multiply_packs
#define PACK_INT8 2
#include "Kinds.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define INSTRUCTIONS avx2
#define LANES 8
#define TILE(out) 1, 4, 2
#define WINOGRAD_TILE(channels) 4, 2
#define WINOGRAD_COLUMN_TILES 2
#define THREE_EIGHTHS(value) _mm_mulhrs_epi16((__m128i)(value), _mm_set1_epi16(3 << 12))
#define MULTIPLY(sum, activations, weights) \
  _mm256_add_epi32((__m256i)(sum), _mm256_madd_epi16((__m256i)(activations), (__m256i)(weights)))
#define PACK_INT8 2
#include "Kinds.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma"))), \
                             apply_to = function)
#define INSTRUCTIONS avx512
#define LANES 16
#define TILE(out) ((out) == 16 ? 4 : 2), 4, ((out) == 16 ? 1 : 2)
#define WINOGRAD_TILE(channels) 256 / (channels), (channels) / LANES
#define WINOGRAD_COLUMN_TILES 4
#define THREE_EIGHTHS(value) _mm256_mulhrs_epi16((__m256i)(value), _mm256_set1_epi16(3 << 12))
#define MULTIPLY(sum, activations, weights) \
  _mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(activations), (__m512i)(weights))
#define PACK_INT8 4
#include "Kinds.h"
#pragma clang attribute pop
#endif

CResNetInstructions cresnet_best_instructions(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni")) {
    return CResNetAVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CResNetAVX2;
#endif
  return CResNetPortable;
}

// One set of instructions.
typedef struct Kernels {
  void (*floats)(const CResNetModel *, const uint8_t *, int, void *, float *, float *);
  void (*int8)(const CResNetModel *, const uint8_t *, int, void *, float *, float *);
  int (*group)(int out);
  int lanes;
  int pack;  // of 8 bits
} Kernels;

static Kernels kernels_of(CResNetInstructions instructions) {
#if defined(__x86_64__)
  if (instructions == CResNetAVX512) return (Kernels){run_floats_avx512, run_int8_avx512, group_of_avx512, 16, 4};
  if (instructions == CResNetAVX2) return (Kernels){run_floats_avx2, run_int8_avx2, group_of_avx2, 8, 2};
#endif
  return (Kernels){run_floats_portable, run_int8_portable, group_of_portable, 4, 2};
}

// At most 16 numbers of 32 bits for each input and output channel.
int64_t cresnet_packed_bytes(int32_t in, int32_t out) { return (int64_t)4 * 16 * (in < 4 ? 4 : in) * out; }

// Where the weight of an output channel, an input channel, a row and a column stands: groups of channels that are
// worked on together, column by column, PACK input channels at a time, row by row. `side` is 3, or 4 where
// WinogradInt8.h reads them.
typedef struct Layout {
  int group, pack, in, side;
} Layout;

static int64_t place_of(Layout layout, int out, int in, int row, int column) {
  const int64_t group = out / layout.group, part = in / layout.pack, parts = layout.in / layout.pack;
  const int64_t vector = ((group * layout.side + column) * parts + part) * layout.side + row;
  return (vector * layout.group + out % layout.group) * layout.pack + in % layout.pack;
}

static void put(Layout layout, int8_t weight, int64_t place, void *packed) {
  if (layout.pack == 4) {
    ((int8_t *)packed)[place] = weight;
  } else {
    ((int16_t *)packed)[place] = weight;
  }
}

// G of three numbers, `stride` apart.
static void transform_weights(const double *from, int stride, double to[4]) {
  const double first = from[0], middle = from[stride], last = from[2 * stride];
  to[0] = first;
  to[1] = (first + middle + last) / 2;
  to[2] = (first - middle + last) / 2;
  to[3] = last;
}

// G g Gᵀ of a filter; in double, where no float32 is too large for it.
static void transform_filter(const float weights[9], double filter[16]) {
  double exact[9], columns[3][4];
  for (int tap = 0; tap < 9; ++tap) exact[tap] = weights[tap];
  for (int column = 0; column < 3; ++column) transform_weights(exact + column, 3, columns[column]);
  for (int row = 0; row < 4; ++row) transform_weights(&columns[0][row], 4, filter + row * 4);
}

// G g Gᵀ of each filter, [16][in][out], as WinogradFloats.h reads them.
static void pack_winograd_floats(int channels, const float *weights, float *packed) {
  for (int out = 0; out < channels; ++out) {
    for (int in = 0; in < channels; ++in, weights += 9) {
      double filter[16];
      transform_filter(weights, filter);
      for (int place = 0; place < 16; ++place) packed[(place * channels + in) * channels + out] = (float)filter[place];
    }
  }
}

void cresnet_pack_floats(CResNetInstructions instructions, int32_t in, int32_t out, const float *weights,
                         void *packed) {
  if (in == out) return pack_winograd_floats(in, weights, packed);
  const Layout layout = {kernels_of(instructions).group(out), 1, in, 3};
  __builtin_memset(packed, 0, (uint64_t)cresnet_packed_bytes(in, out));
  for (int to = 0; to < out; ++to) {
    for (int from = 0; from < in; ++from) {
      for (int tap = 0; tap < 9; ++tap) ((float *)packed)[place_of(layout, to, from, tap / 3, tap % 3)] = *weights++;
    }
  }
}

// The step of numbers of which the largest is to be 127.
static float step_of(double largest) { return largest > 0 ? fmaxf((float)(largest / 127), 0x1p-126f) : 1; }

static int8_t quantize(double value, float step) { return (int8_t)fmax(-127, fmin(127, rint(value / step))); }

// The filters of an output channel, one for each input channel; returns their step.
static float pack_direct_int8(Layout layout, int to, int in, const float *weights, void *packed) {
  float largest = 0;
  for (int index = 0; index < 9 * in; ++index) largest = fmaxf(largest, fabsf(weights[index]));
  const float step = step_of(largest);
  for (int from = 0; from < in; ++from) {
    for (int tap = 0; tap < 9; ++tap, ++weights) {
      put(layout, quantize(*weights, step), place_of(layout, to, from, tap / 3, tap % 3), packed);
    }
  }
  return step;
}

// As above, for minimal filtering, whose inputs have steps of 8/3. Adds to `zeros` what the inputs' zero points add to
// the sums of the 2 × 2 outputs.
static float pack_winograd_int8(Layout layout, int to, const float *weights, void *packed, int32_t *zeros) {
  double filters[64][16], largest = 0;
  for (int from = 0; from < layout.in; ++from) {
    transform_filter(weights + 9 * from, filters[from]);
    for (int place = 0; place < 16; ++place) {
      filters[from][place] *= 8.0 / 3;
      largest = fmax(largest, fabs(filters[from][place]));
    }
  }
  const float step = step_of(largest);
  static const int a[4][2] = {{1, 0}, {1, 1}, {1, -1}, {0, -1}};
  for (int from = 0; from < layout.in; ++from) {
    for (int place = 0; place < 16; ++place) {
      const int row = place / 4, column = place % 4;
      const int8_t weight = quantize(filters[from][place], step);
      put(layout, weight, place_of(layout, to, from, row, column), packed);
      for (int pixel = 0; pixel < 4; ++pixel) {
        zeros[pixel * layout.in + to] += weight * WINOGRAD_ZERO(place) * a[row][pixel / 2] * a[column][pixel % 2];
      }
    }
  }
  return step;
}

void cresnet_pack_int8(CResNetInstructions instructions, int32_t in, int32_t out, const float *weights, void *packed,
                       float *steps) {
  const Kernels kernels = kernels_of(instructions);
  const Layout winograd = {kernels.lanes, kernels.pack, in, 4};
  const Layout direct = {kernels.group(out), kernels.pack, in < 4 ? 4 : in, 3};
  const int64_t bytes = (int64_t)16 * in * out * (kernels.pack == 4 ? 1 : 2);
  __builtin_memset(packed, 0, (uint64_t)cresnet_packed_bytes(in, out));
  for (int to = 0; to < out; ++to, weights += 9 * in) {
    steps[to] = in == out ? pack_winograd_int8(winograd, to, weights, packed, (int32_t *)((char *)packed + bytes))
                          : pack_direct_int8(direct, to, in, weights, packed);
  }
}

int64_t cresnet_scratch_bytes(void) { return (int64_t)BLOCK_PICTURES * 3 * BUFFER_NUMBERS * 4; }

void cresnet_logits(const CResNetModel *model, CResNetInstructions instructions, const uint8_t *pictures, int64_t count,
                    void *scratch, float *logits, float *peaks_or_null) {
  const Kernels kernels = kernels_of(instructions);
  const int64_t layers = 1 + 6 * (int64_t)model->blocks;
  for (int64_t first = 0; first < count; first += BLOCK_PICTURES) {
    const int here = (int)(count - first < BLOCK_PICTURES ? count - first : BLOCK_PICTURES);
    (model->is_int8 ? kernels.int8 : kernels.floats)(model, pictures + first * PICTURE_BYTES, here, scratch,
                                                     logits + first * model->labels,
                                                     peaks_or_null ? peaks_or_null + first * layers : 0);
  }
}
