// Inference of a bidirectional LSTM (Hochreiter and Schmidhuber 1997) over texts, the largest output of each unit, and a
// linear head. Steps of texts of like length run together.
//
// The input's share of the gates depends on the token alone, so each token's row holds it, computed once: for each
// direction, for each 16 units, for each gate (input, forget, cell, output), 16 numbers.
//
// Nothing here allocates or fails. All memory is the caller's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CLSTM_LANES 16
#define CLSTM_GATES 4
// Texts whose steps run together.
#define CLSTM_BLOCK 24

// Which instructions run.
typedef enum CLSTMInstructions {
  CLSTMPortable = 0,
  CLSTMAVX2 = 1,
  CLSTMAVX512 = 2,
  CLSTMAVX512BF16 = 3,  // multiplies the recurrent weights as bfloat16
} CLSTMInstructions;

// The best that this processor has; of those that keep float32 where `is_exact`.
CLSTMInstructions clstm_best_instructions(bool is_exact);

// A model, read only. Every array is aligned to 64 bytes.
typedef struct CLSTMModel {
  int32_t hidden;               // units of a direction, a multiple of 16
  bool is_half;                 // tokens' rows are float16
  const void *recurrent[2];     // of each direction, as `clstm_pack` makes them
  const float *biases[2];       // of each direction [hidden / 16][gates][16]
  int32_t labels;
  int32_t label_chunks;         // labels / 16, rounded up
  const float *head;            // [2 · hidden][label_chunks · 16]; the forward direction's units first
  const float *head_bias;       // [label_chunks · 16]
} CLSTMModel;

// Bytes of a direction's packed weights.
int64_t clstm_packed_bytes(CLSTMInstructions instructions, int32_t hidden);

// Packs a direction's recurrent weights [gates · hidden][hidden].
void clstm_pack(CLSTMInstructions instructions, int32_t hidden, const float *weights, void *packed);

// Bytes of what a call writes to, aligned to 64 bytes.
int64_t clstm_scratch_bytes(int32_t hidden);

// Writes the logits [count][labels] of `count` texts, at most CLSTM_BLOCK, none longer than the one before it. Text i
// has the tokens whose rows are rows[ends[i-1] ..< ends[i]], the first begins at 0; each has one at least.
void clstm_logits(const CLSTMModel *model, CLSTMInstructions instructions, const void *const *rows, const int64_t *ends,
                  int64_t count, void *scratch, float *logits);

#ifdef __cplusplus
}
#endif
