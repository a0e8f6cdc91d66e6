#include "CCaptioner.h"

#include "CLanes.h"

#include <math.h>
#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

_Static_assert(CCAPTIONER_LANES == CLANES, "rows are read in lanes");

// What a call writes to.
typedef struct Memory {
  float *gates;    // [count][4 · hidden]
  float *queries;  // [count][hidden]
  float *sums;     // [count][hidden], or of pictures [count][channels]
  float *logits;   // [count][outputs of the last layer]
  float *scores;   // [places, a multiple of 16]
  void *narrow;    // the widest input of a layer as bfloat16
} Memory;

static int64_t rounded(int64_t count) { return (count + CCAPTIONER_LANES - 1) / CCAPTIONER_LANES * CCAPTIONER_LANES; }

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static Memory divided(const CCaptionerModel *model, int64_t count, void *scratch) {
  float *next = scratch;
  Memory memory;
  memory.gates = next;
  next += rounded(count * CCAPTIONER_GATES * model->hidden);
  memory.queries = next;
  next += rounded(count * model->hidden);
  memory.sums = next;
  next += rounded(count * larger(model->hidden, model->channels));
  memory.logits = next;
  next += rounded(count * model->output.outputs);
  memory.scores = next;
  next += rounded(model->places);
  memory.narrow = next;
  return memory;
}

int64_t ccaptioner_scratch_bytes(const CCaptionerModel *model, int64_t count) {
  const Memory memory = divided(model, count, NULL);
  const int64_t width = larger(model->hidden, model->channels) + 1;
  return (int64_t)(uintptr_t)memory.narrow + rounded(larger(count, model->places) * width) * 2;
}

// The upper half of a float, rounded to the nearest, of equals to the even one.
static inline uint16_t bfloat(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  return (uint16_t)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

#define KERNEL(name) name##_portable
#define HAS_BFLOAT 0
#define ROWS 2
#define PANELS 1
#include "Kernels.h"
#undef KERNEL
#undef ROWS
#undef PANELS

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##_avx2
#define ROWS 2
#define PANELS 2
#include "Kernels.h"
#undef KERNEL
#undef ROWS
#undef PANELS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define KERNEL(name) name##_avx512
#define ROWS 6
#define PANELS 4
#include "Kernels.h"
#undef KERNEL
#undef HAS_BFLOAT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma"))), \
                             apply_to = function)
#define KERNEL(name) name##_bfloat
#define HAS_BFLOAT 1
#include "Kernels.h"
#undef KERNEL
#pragma clang attribute pop
#endif

CCaptionerInstructions ccaptioner_best_instructions(bool is_exact) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return !is_exact && __builtin_cpu_supports("avx512bf16") ? CCaptionerAVX512BF16 : CCaptionerAVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CCaptionerAVX2;
#endif
  return CCaptionerPortable;
}

int64_t ccaptioner_packed_bytes(CCaptionerInstructions instructions, int32_t depth, int32_t outputs) {
  if (instructions == CCaptionerAVX512BF16) return (int64_t)(depth + 1) / 2 * 2 * outputs * 2;
  return (int64_t)depth * outputs * 4;
}

void ccaptioner_pack(CCaptionerInstructions instructions, int32_t depth, int32_t rows, int32_t outputs,
                     const float *weights, void *packed) {
  // bfloat16 are multiplied by pairs of inputs.
  const int together = instructions == CCaptionerAVX512BF16 ? 2 : 1;
  int64_t place = 0;
  for (int32_t panel = 0; panel < outputs; panel += CCAPTIONER_LANES) {
    for (int32_t first = 0; first < depth; first += together) {
      for (int lane = 0; lane < CCAPTIONER_LANES * together; ++lane, ++place) {
        const int32_t row = panel + lane / together, k = first + lane % together;
        const float value = row < rows && k < depth ? weights[(int64_t)row * depth + k] : 0;
        if (together == 2) {
          ((uint16_t *)packed)[place] = bfloat(value);
        } else {
          ((float *)packed)[place] = value;
        }
      }
    }
  }
}

void ccaptioner_apply(CCaptionerInstructions instructions, const CCaptionerLayer *layer, const float *in, int64_t rows,
                      float *out, void *narrow) {
#if defined(__x86_64__)
  if (instructions == CCaptionerAVX512BF16) return multiply_bfloat(layer, in, rows, false, out, narrow);
  if (instructions == CCaptionerAVX512) return multiply_avx512(layer, in, rows, false, out, narrow);
  if (instructions == CCaptionerAVX2) return multiply_avx2(layer, in, rows, false, out, narrow);
#endif
  multiply_portable(layer, in, rows, false, out, narrow);
}

void ccaptioner_begin(const CCaptionerModel *model, CCaptionerInstructions instructions, const float *grids,
                      int64_t count, const CCaptionerPictures *pictures, void *scratch) {
  const Memory memory = divided(model, count, scratch);
#if defined(__x86_64__)
  if (instructions == CCaptionerAVX512BF16) return begin_bfloat(model, grids, count, pictures, &memory);
  if (instructions == CCaptionerAVX512) return begin_avx512(model, grids, count, pictures, &memory);
  if (instructions == CCaptionerAVX2) return begin_avx2(model, grids, count, pictures, &memory);
#endif
  begin_portable(model, grids, count, pictures, &memory);
}

void ccaptioner_step(const CCaptionerModel *model, CCaptionerInstructions instructions,
                     const CCaptionerPictures *pictures, const CCaptionerStep *step, void *scratch) {
  const Memory memory = divided(model, step->count, scratch);
#if defined(__x86_64__)
  if (instructions == CCaptionerAVX512BF16) return step_bfloat(model, pictures, step, &memory);
  if (instructions == CCaptionerAVX512) return step_avx512(model, pictures, step, &memory);
  if (instructions == CCaptionerAVX2) return step_avx2(model, pictures, step, &memory);
#endif
  step_portable(model, pictures, step, &memory);
}
