#include "CResNet.h"

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
#define MULTIPLY multiply_packs
#define PACK_INT8 2
#include "Kinds.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define INSTRUCTIONS avx2
#define LANES 8
#define TILE(out) 1, 4, 2
#define WINOGRAD_TILE(channels) 4, 2
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
  int pack;  // of 8 bits
} Kernels;

static Kernels kernels_of(CResNetInstructions instructions) {
#if defined(__x86_64__)
  if (instructions == CResNetAVX512) return (Kernels){run_floats_avx512, run_int8_avx512, group_of_avx512, 4};
  if (instructions == CResNetAVX2) return (Kernels){run_floats_avx2, run_int8_avx2, group_of_avx2, 2};
#endif
  return (Kernels){run_floats_portable, run_int8_portable, group_of_portable, 2};
}

// At most 16 numbers of 32 bits for each input and output channel.
int64_t cresnet_packed_bytes(int32_t in, int32_t out) { return (int64_t)4 * 16 * (in < 4 ? 4 : in) * out; }

// Where the weight of an output channel, an input channel, a row and a column stands: groups of channels that a tile
// works on, column by column, PACK input channels at a time, row by row.
typedef struct Layout {
  int group, pack, in;
} Layout;

static int64_t place_of(Layout layout, int out, int in, int row, int column) {
  const int64_t group = out / layout.group, part = in / layout.pack, parts = layout.in / layout.pack;
  const int64_t vector = ((group * 3 + column) * parts + part) * 3 + row;
  return (vector * layout.group + out % layout.group) * layout.pack + in % layout.pack;
}

// G of three numbers, `stride` apart.
static void transform_weights(const float *from, int stride, float to[4]) {
  const float first = from[0], middle = from[stride], last = from[2 * stride];
  to[0] = first;
  to[1] = (first + middle + last) / 2;
  to[2] = (first - middle + last) / 2;
  to[3] = last;
}

// G g Gᵀ of each filter, [16][in][out], as Winograd.h reads them.
static void pack_winograd(int channels, const float *weights, float *packed) {
  for (int out = 0; out < channels; ++out) {
    for (int in = 0; in < channels; ++in, weights += 9) {
      float columns[3][4];
      for (int column = 0; column < 3; ++column) transform_weights(weights + column, 3, columns[column]);
      for (int row = 0; row < 4; ++row) {
        float transformed[4];
        transform_weights(&columns[0][row], 4, transformed);
        for (int column = 0; column < 4; ++column) {
          packed[((row * 4 + column) * channels + in) * channels + out] = transformed[column];
        }
      }
    }
  }
}

void cresnet_pack_floats(CResNetInstructions instructions, int32_t in, int32_t out, const float *weights,
                         void *packed) {
  if (in == out) return pack_winograd(in, weights, packed);
  const Kernels kernels = kernels_of(instructions);
  const Layout layout = {kernels.group(out), 1, in};
  __builtin_memset(packed, 0, (uint64_t)cresnet_packed_bytes(in, out));
  for (int to = 0; to < out; ++to) {
    for (int from = 0; from < in; ++from) {
      for (int tap = 0; tap < 9; ++tap) ((float *)packed)[place_of(layout, to, from, tap / 3, tap % 3)] = *weights++;
    }
  }
}

void cresnet_pack_int8(CResNetInstructions instructions, int32_t in, int32_t out, const int8_t *weights,
                       void *packed) {
  const Kernels kernels = kernels_of(instructions);
  const Layout layout = {kernels.group(out), kernels.pack, in < 4 ? 4 : in};
  __builtin_memset(packed, 0, (uint64_t)cresnet_packed_bytes(in, out));
  for (int to = 0; to < out; ++to) {
    for (int from = 0; from < in; ++from) {
      for (int tap = 0; tap < 9; ++tap, ++weights) {
        const int64_t place = place_of(layout, to, from, tap / 3, tap % 3);
        if (kernels.pack == 4) {
          ((int8_t *)packed)[place] = *weights;
        } else {
          ((int16_t *)packed)[place] = *weights;
        }
      }
    }
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
