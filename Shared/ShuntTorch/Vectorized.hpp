// Compiles a function for AVX-512, AVX2 and any processor; the loader picks by the one it runs on.
#pragma once
#if defined(__x86_64__) && defined(__linux__)
#define CTORCH_VECTORIZED __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define CTORCH_VECTORIZED
#endif
