#include "CTransformer.h"

#include <dnnl.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define ADD(left, right) ((left) + (right))
#define ROWS 4  // of queries that are worked on together
#define JOIN(name, instructions) name##_##instructions
#define JOINED(name, instructions) JOIN(name, instructions)
#define KERNEL(name) JOINED(name, INSTRUCTIONS)

static ALWAYS_INLINE int64_t rounded_up(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// To the nearest even, as a register's lanes are.
static ALWAYS_INLINE void store_number(void *to, int64_t index, float value, CTransformerNumbers numbers) {
  if (numbers == CTransformerFloat32) {
    ((float *)to)[index] = value;
    return;
  }
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  ((uint16_t *)to)[index] = (uint16_t)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

#define INSTRUCTIONS portable
#define LANES 4
#include "Kernels.h"
#undef INSTRUCTIONS
#undef LANES

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define INSTRUCTIONS avx2
#define LANES 8
#include "Kernels.h"
#undef INSTRUCTIONS
#undef LANES
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define INSTRUCTIONS avx512
#define LANES 16
#include "Kernels.h"
#undef INSTRUCTIONS
#undef LANES
#pragma clang attribute pop
#endif

#define LARGEST_LANES 16

// One set of instructions.
typedef struct Kernels {
  void (*narrow)(const float *, float, int64_t, CTransformerNumbers, void *, int64_t);
  void (*layer_norm)(const float *, int64_t, const float *, const float *, float, float *, CTransformerNumbers, void *,
                     int64_t);
  void (*attend)(const CTransformerAttention *, int64_t, const float *, int64_t, float *, CTransformerNumbers, void *,
                 int64_t);
} Kernels;

// Of the instructions that oneDNN may use, so that one setting bounds both.
static Kernels best_kernels(void) {
#if defined(__x86_64__)
  const dnnl_cpu_isa_t best = dnnl_get_effective_cpu_isa();
  if ((best & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core) {
    return (Kernels){narrow_avx512, layer_norm_avx512, attend_avx512};
  }
  if ((best & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2 && __builtin_cpu_supports("fma")) {
    return (Kernels){narrow_avx2, layer_norm_avx2, attend_avx2};
  }
#endif
  return (Kernels){narrow_portable, layer_norm_portable, attend_portable};
}

void ctransformer_narrow(const float *values, int64_t count, CTransformerNumbers numbers, void *output) {
  best_kernels().narrow(values, 1, count, numbers, output, 0);
}

void ctransformer_layer_norm(const float *values, int64_t rows, int64_t columns, const float *scale, const float *shift,
                             float epsilon, float *normed, CTransformerNumbers numbers, void *narrowed) {
  const Kernels kernels = best_kernels();
  for (int64_t row = 0; row < rows; ++row) {
    kernels.layer_norm(values + row * columns, columns, scale, shift, epsilon, normed ? normed + row * columns : 0,
                       numbers, narrowed, row * columns);
  }
}

int64_t ctransformer_attention_scratch(CTransformerAttention attention, int64_t longest) {
  const int64_t room = rounded_up(longest, LARGEST_LANES);
  const int64_t width = rounded_up(attention.hidden / attention.heads, LARGEST_LANES);
  return room * width + ROWS * (room + width);
}

void ctransformer_attend(CTransformerAttention attention, const float *all, const int32_t *ends, int64_t texts,
                         float *scratch, CTransformerNumbers numbers, void *output) {
  const Kernels kernels = best_kernels();
  for (int64_t text = 0; text < texts; ++text) {
    const int64_t begin = text ? ends[text - 1] : 0;
    for (int64_t head = 0; head < attention.heads; ++head) {
      kernels.attend(&attention, head, all + begin * 3 * attention.hidden, ends[text] - begin, scratch, numbers, output,
                     begin * attention.hidden);
    }
  }
}
