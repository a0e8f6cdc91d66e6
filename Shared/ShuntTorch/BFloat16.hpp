// Whether the processor multiplies bfloat16.
#pragma once

namespace ctorch {

inline bool has_bfloat16() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

}  // namespace ctorch
