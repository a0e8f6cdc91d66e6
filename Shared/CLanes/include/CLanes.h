// Sixteen numbers at once, for the kernels of recurrent networks.
#pragma once

#include <stdint.h>

#define CLANES 16
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float Lanes __attribute__((vector_size(CLANES * 4)));
typedef int32_t WholeLanes __attribute__((vector_size(CLANES * 4)));
