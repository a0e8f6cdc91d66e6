#include "Layers.h"

#include <stddef.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define RELU6(value) __builtin_elementwise_min(__builtin_elementwise_max((value), (Lanes){}), (Lanes){} + 6.0f)

#define KERNEL(name) name##_portable
#define NARROW 0
#define ROWS 2
#define PANELS 1
#define PIXELS 2
#include "Kernels.h"
#undef KERNEL
#undef ROWS
#undef PIXELS

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##_avx2
#define ROWS 6
#define PIXELS 5
#include "Kernels.h"
#undef KERNEL
#undef ROWS
#undef PANELS
#pragma clang attribute pop

#define AVX512 "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"
#pragma clang attribute push(__attribute__((target(AVX512))), apply_to = function)
#define KERNEL(name) name##_avx512
#define ROWS 8
#define PANELS 3
#include "Kernels.h"
#undef KERNEL
#undef NARROW
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(AVX512 ",avx512bf16"))), apply_to = function)
#define KERNEL(name) name##_bfloat16
#define NARROW 1
#include "Kernels.h"
#undef KERNEL
#pragma clang attribute pop
#endif

Kernels cefficientnet_kernels(CEfficientNetInstructions instructions) {
#if defined(__x86_64__)
  switch (instructions) {
    case CEfficientNetBFloat16:
      return (Kernels){expand_bfloat16, depthwise_bfloat16, project_bfloat16, 2, 3};
    case CEfficientNetAVX512: return (Kernels){expand_avx512, depthwise_avx512, project_avx512, 4, 3};
    case CEfficientNetAVX2: return (Kernels){expand_avx2, depthwise_avx2, project_avx2, 4, 1};
    case CEfficientNetPortable: break;
  }
#endif
  return (Kernels){expand_portable, depthwise_portable, project_portable, 4, 1};
}

CEfficientNetInstructions cefficientnet_best_instructions(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return __builtin_cpu_supports("avx512bf16") ? CEfficientNetBFloat16 : CEfficientNetAVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CEfficientNetAVX2;
#endif
  return CEfficientNetPortable;
}
