#include "CFolded.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define MAXIMUM_WIDTH CFOLDED_MAXIMUM_WIDTH
#define MAXIMUM_CHUNKS 7

typedef float Lanes __attribute__((vector_size(CFOLDED_LANES * 4)));

int32_t cfolded_features(const CFoldedModel *model) {
  int32_t chunks = model->sum_is_logits ? 0 : model->sum_chunks;
  for (int32_t index = 0; index < model->bank_count; ++index) chunks += model->banks[index].chunks;
  return chunks * CFOLDED_LANES;
}

int32_t cfolded_stride(const CFoldedModel *model) {
  return cfolded_features(model) + (model->sum_is_logits ? model->sum_chunks * CFOLDED_LANES : 0);
}

#define KERNEL(name) name##_portable
#define HAS_HALF 0
#define REGISTERS 3
#define HEAD_CHUNKS 1
#include "Kernels.h"
#undef KERNEL
#undef HAS_HALF
#undef REGISTERS

#if defined(__x86_64__)
typedef _Float16 HalfLanes __attribute__((vector_size(CFOLDED_LANES * 2)));

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define KERNEL(name) name##_avx2
#define HAS_HALF 1
#define REGISTERS 7
#include "Kernels.h"
#undef KERNEL
#undef REGISTERS
#undef HEAD_CHUNKS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c"))), \
                             apply_to = function)
#define KERNEL(name) name##_avx512
#define REGISTERS 28
#define HEAD_CHUNKS 4
#include "Kernels.h"
#undef KERNEL
#undef HAS_HALF
#pragma clang attribute pop
#endif

// One set of instructions.
typedef struct Kernels {
  void (*features)(const CFoldedModel *, const void *const *, int64_t, float *);
  void (*head)(const CFoldedModel *, int, const float *, float *);
  void (*compose)(const CFoldedModel *, int32_t, float *, void *);
} Kernels;

static Kernels kernels_of(CFoldedInstructions instructions) {
#if defined(__x86_64__)
  if (instructions == CFoldedAVX512) return (Kernels){features_avx512, head_avx512, compose_avx512};
  if (instructions == CFoldedAVX2) return (Kernels){features_avx2, head_avx2, compose_avx2};
#endif
  return (Kernels){features_portable, head_portable, compose_portable};
}

CFoldedInstructions cfolded_best_instructions(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return CFoldedAVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")) {
    return CFoldedAVX2;
  }
#endif
  return CFoldedPortable;
}

void cfolded_compose(const CFoldedModel *model, CFoldedInstructions instructions, int32_t token, float *row,
                     void *out) {
  kernels_of(instructions).compose(model, token, row, out);
}

static void gather(const CFoldedModel *model, const Kernels *kernels, const int32_t *tokens, int64_t count,
                   const CFoldedScratch *scratch) {
  const int64_t row_bytes = (int64_t)model->row_length * (model->is_half ? 2 : 4);
  char *composed = scratch->composed_rows;
  for (int64_t position = 0; position < count; ++position) {
    int32_t token = tokens[position];
    if (token < 0 || token >= model->vocabulary) token = model->padding;
    const int32_t row = model->row_of_token[token];
    if (row >= 0) {
      scratch->row_pointers[position] = (const char *)model->rows + row * row_bytes;
    } else {
      kernels->compose(model, token, scratch->row, composed);
      scratch->row_pointers[position] = composed;
      composed += row_bytes;
    }
  }
}

void cfolded_gather(const CFoldedModel *model, CFoldedInstructions instructions, const int32_t *tokens, int64_t count,
                    const CFoldedScratch *scratch) {
  const Kernels kernels = kernels_of(instructions);
  gather(model, &kernels, tokens, count, scratch);
}

void cfolded_logits(const CFoldedModel *model, CFoldedInstructions instructions, const int32_t *tokens, int64_t begin,
                    const int64_t *ends, int64_t count, const CFoldedScratch *scratch, float *logits) {
  const Kernels kernels = kernels_of(instructions);
  const int64_t stride = cfolded_stride(model);
  int in_block = 0;
  for (int64_t text = 0; text < count; ++text) {
    gather(model, &kernels, tokens + begin, ends[text] - begin, scratch);
    kernels.features(model, scratch->row_pointers, ends[text] - begin, scratch->features + in_block * stride);
    begin = ends[text];
    if (++in_block < CFOLDED_BLOCK && text + 1 < count) continue;
    kernels.head(model, in_block, scratch->features, logits + (text + 1 - in_block) * model->labels);
    in_block = 0;
  }
}
