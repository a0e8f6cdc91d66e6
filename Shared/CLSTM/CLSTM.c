#include "CLSTM.h"

#include "CLanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

_Static_assert(CLSTM_LANES == CLANES, "rows are read in lanes");

// One step of a direction.
typedef struct Step {
  const void *const *rows;       // of each text its token's
  const void *const *next_rows;  // of the step behind
  int64_t row;                   // where the direction's numbers begin in a row
  bool is_first;                 // nothing came before
  const void *weights;
  const float *biases;
  const void *before;  // outputs of the step before [texts][hidden]; float32 or bfloat16, as the weights
  void *after;         // the same of this one
  float *cells;        // [texts][hidden]
  float *largest;      // [texts][2 · hidden], from the direction's first unit on
} Step;

#define KERNEL(name) name##_portable
#define HAS_HALF 0
#define HAS_BFLOAT 0
#define TEXTS 1
#include "Kernels.h"
#undef KERNEL
#undef HAS_HALF

#if defined(__x86_64__)
typedef _Float16 HalfLanes __attribute__((vector_size(CLSTM_LANES * 2)));

#define HAS_HALF 1
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define KERNEL(name) name##_avx2
#include "Kernels.h"
#undef KERNEL
#undef TEXTS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c"))), \
                             apply_to = function)
#define KERNEL(name) name##_avx512
#define TEXTS 6
#include "Kernels.h"
#undef KERNEL
#undef HAS_BFLOAT
#pragma clang attribute pop

#pragma clang attribute push(                                                                        \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma,f16c"))), apply_to = function)
#define KERNEL(name) name##_bfloat
#define HAS_BFLOAT 1
#include "Kernels.h"
#undef KERNEL
#pragma clang attribute pop
#endif

typedef void (*Advance)(const CLSTMModel *, const Step *, int);

static Advance advance_of(CLSTMInstructions instructions) {
#if defined(__x86_64__)
  if (instructions == CLSTMAVX512BF16) return advance_bfloat;
  if (instructions == CLSTMAVX512) return advance_avx512;
  if (instructions == CLSTMAVX2) return advance_avx2;
#endif
  return advance_portable;
}

CLSTMInstructions clstm_best_instructions(bool is_exact) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return !is_exact && __builtin_cpu_supports("avx512bf16") ? CLSTMAVX512BF16 : CLSTMAVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")) {
    return CLSTMAVX2;
  }
#endif
  return CLSTMPortable;
}

int64_t clstm_packed_bytes(CLSTMInstructions instructions, int32_t hidden) {
  return (int64_t)CLSTM_GATES * hidden * hidden * (instructions == CLSTMAVX512BF16 ? 2 : 4);
}

// The upper half of a float, rounded to the nearest, of equals to the even one.
static uint16_t bfloat(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  return (uint16_t)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

void clstm_pack(CLSTMInstructions instructions, int32_t hidden, const float *weights, void *packed) {
  // bfloat16 are multiplied by pairs of units.
  const int together = instructions == CLSTMAVX512BF16 ? 2 : 1;
  int64_t place = 0;
  for (int32_t group = 0; group < hidden; group += CLSTM_LANES) {
    for (int32_t unit = 0; unit < hidden; unit += together) {
      for (int gate = 0; gate < CLSTM_GATES; ++gate) {
        for (int lane = 0; lane < CLSTM_LANES * together; ++lane, ++place) {
          const int64_t row = (int64_t)gate * hidden + group + lane / together;
          const float value = weights[row * hidden + unit + lane % together];
          if (together == 2) {
            ((uint16_t *)packed)[place] = bfloat(value);
          } else {
            ((float *)packed)[place] = value;
          }
        }
      }
    }
  }
}

// What a call writes to.
typedef struct Memory {
  float *outputs[2];  // of two steps in turn, each [block][hidden]
  float *cells;       // [block][hidden]
  float *largest;     // [block][2 · hidden]
} Memory;

static Memory divided(void *scratch, int32_t hidden) {
  float *next = scratch;
  const int64_t size = (int64_t)CLSTM_BLOCK * hidden;
  return (Memory){{next, next + size}, next + 2 * size, next + 3 * size};
}

int64_t clstm_scratch_bytes(int32_t hidden) { return (int64_t)CLSTM_BLOCK * hidden * 5 * 4; }

// Runs a direction: forward from each text's first token on, backward from its last.
static void run(const CLSTMModel *model, Advance advance, bool is_backward, const void *const *rows,
                const int64_t *ends, int64_t count, const Memory *memory) {
  const int64_t hidden = model->hidden;
  const int64_t longest = ends[0];
  const void *now[CLSTM_BLOCK], *next[CLSTM_BLOCK];
  for (int64_t index = 0; index < CLSTM_BLOCK * hidden; ++index) memory->cells[index] = 0;
  for (int64_t number = 0; number < longest; ++number) {
    int texts = 0;
    for (int64_t text = 0; text < count; ++text) {
      const int64_t begin = text == 0 ? 0 : ends[text - 1], length = ends[text] - begin;
      if (length <= number) break;
      const int64_t behind = number + 1 < length ? number + 1 : number;
      now[text] = rows[is_backward ? ends[text] - 1 - number : begin + number];
      next[text] = rows[is_backward ? ends[text] - 1 - behind : begin + behind];
      ++texts;
    }
    const Step step = {now, next, is_backward * hidden * CLSTM_GATES, number == 0, model->recurrent[is_backward],
                       model->biases[is_backward], memory->outputs[number % 2], memory->outputs[(number + 1) % 2],
                       memory->cells, memory->largest + is_backward * hidden};
    advance(model, &step, texts);
  }
}

static void head(const CLSTMModel *model, const float *features, float *logits) {
  const int64_t stride = (int64_t)model->label_chunks * CLSTM_LANES;
  for (int32_t chunk = 0; chunk < model->label_chunks; ++chunk) {
    const int32_t begin = chunk * CLSTM_LANES;
    Lanes sum = ((const Lanes *)model->head_bias)[chunk];
    for (int64_t feature = 0; feature < 2 * (int64_t)model->hidden; ++feature) {
      sum += features[feature] * *(const Lanes *)(model->head + feature * stride + begin);
    }
    const int32_t left = model->labels - begin;
    __builtin_memcpy(logits + begin, &sum, sizeof(float) * (uint64_t)(left < CLSTM_LANES ? left : CLSTM_LANES));
  }
}

void clstm_logits(const CLSTMModel *model, CLSTMInstructions instructions, const void *const *rows, const int64_t *ends,
                  int64_t count, void *scratch, float *logits) {
  if (count <= 0) return;
  const Advance advance = advance_of(instructions);
  const Memory memory = divided(scratch, model->hidden);
  run(model, advance, false, rows, ends, count, &memory);
  run(model, advance, true, rows, ends, count, &memory);
  for (int64_t text = 0; text < count; ++text) {
    head(model, memory.largest + text * 2 * model->hidden, logits + text * model->labels);
  }
}
