// The parts of a transformer encoder at inference (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762). Matrix products
// are oneDNN's, which has AMX, AVX-512 and AVX2; the rest is here.
//
// Texts lie one behind the other without padding: [tokens][columns]. Numbers between two products are float32, or bfloat16
// where the processor multiplies these faster; sums, normalisation and softmax are float32 always.
//
// All memory of arguments is the caller's, aligned to 64 bytes where said, and borrowed for the call only. Functions of one
// linear layer may run on several threads at once, each with a workspace of its own.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How numbers enter a matrix product.
typedef enum CTransformerNumbers { CTransformerFloat32 = 0, CTransformerBFloat16 = 1 } CTransformerNumbers;

// What this processor multiplies fastest at no loss that matters. oneDNN's ONEDNN_MAX_CPU_ISA bounds it.
CTransformerNumbers ctransformer_best_numbers(void);

// Rows that a product is computed for are whole blocks: inputs and outputs of `rows` have room for so many.
int64_t ctransformer_padded_rows(int64_t rows);

// What is done with input · weightᵀ + bias.
typedef enum CTransformerAfter {
  CTransformerAfterNothing = 0,    // the output is float32
  CTransformerAfterSum = 1,        // added to the output, which is float32
  CTransformerAfterGELU = 2,       // x · Φ(x) (Hendrycks and Gimpel 2016); the output is as inputs are
  CTransformerAfterQuickGELU = 3,  // x · σ(1.702 x); the output is as inputs are
} CTransformerAfter;

typedef struct CTransformerLinear CTransformerLinear;
typedef struct CTransformerWorkspace CTransformerWorkspace;

// A linear layer, its weights [out][in] and bias [out] copied and laid out for the product. Returns 0 and writes to `made`
// what the caller frees once, or oneDNN's status, -1 without memory.
int ctransformer_linear_make(int64_t in, int64_t out, const float *weight, const float *bias_or_null,
                             CTransformerNumbers numbers, CTransformerAfter after, CTransformerLinear **made);
void ctransformer_linear_free(CTransformerLinear *linear);
// Input [rows][in] of the layer's numbers, output [rows][out], both padded and aligned. Returns 0 or oneDNN's status. What
// an output row is depends on its input row alone, to the bit.
int ctransformer_linear_run(const CTransformerLinear *linear, CTransformerWorkspace *workspace, int64_t rows,
                            const void *input, void *output);

// What one thread needs to run products; the caller frees it once. `null` where there is no memory.
CTransformerWorkspace *ctransformer_workspace_make(void);
void ctransformer_workspace_free(CTransformerWorkspace *workspace);

// float32 to `numbers`, rounded to the nearest even.
void ctransformer_narrow(const float *values, int64_t count, CTransformerNumbers numbers, void *output);

// Layer normalisation over columns (Ba et al. 2016) of values [rows][columns]; float32 to `normed`, which may be `values`,
// and to `narrowed` as numbers; either may be null.
void ctransformer_layer_norm(const float *values, int64_t rows, int64_t columns, const float *scale, const float *shift,
                             float epsilon, float *normed_or_null, CTransformerNumbers numbers,
                             void *narrowed_or_null);

typedef struct CTransformerAttention {
  int64_t hidden;  // a multiple of heads
  int64_t heads;
  bool is_causal;  // whether a token sees only itself and those before it
  // What is added to a head's scores: [heads][2 · reach - 1], of a key's place minus the query's, from 1 - reach to
  // reach - 1, and behind the last 15 numbers that may be read; null for nothing. No text is longer than `reach`.
  const float *biases;
  int64_t reach;
} CTransformerAttention;

// Floats of the scratch memory, aligned, that `ctransformer_attend` writes to for texts of at most `longest` tokens.
int64_t ctransformer_attention_scratch(CTransformerAttention attention, int64_t longest);
// Self-attention within each text: softmax(q · kᵀ + biases) · v by heads. `all` [tokens][3 · hidden] has queries, scaled
// already, then keys, then values, and 15 numbers behind them that may be read; `ends` [texts] one past each text's last token, rising from 1. Output [tokens][hidden].
void ctransformer_attend(CTransformerAttention attention, const float *all, const int32_t *ends, int64_t texts,
                         float *scratch, CTransformerNumbers numbers, void *output);

#ifdef __cplusplus
}
#endif
