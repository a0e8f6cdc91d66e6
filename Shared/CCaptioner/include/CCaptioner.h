// Inference of an LSTM that looks at the places of a picture (Lu et al. 2017): all hypotheses of a batch take each step
// together.
//
// The embedding's share of the gates depends on the token alone, so `table` holds it, computed once; the image's share
// depends on the picture alone, so `ccaptioner_begin` computes it once.
//
// Nothing here allocates or fails. All memory is the caller's, aligned to 64 bytes.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CCAPTIONER_LANES 16
#define CCAPTIONER_GATES 4

// Which instructions run.
typedef enum CCaptionerInstructions {
  CCaptionerPortable = 0,
  CCaptionerAVX2 = 1,
  CCaptionerAVX512 = 2,
  CCaptionerAVX512BF16 = 3,  // products of bfloat16, sums of float32
} CCaptionerInstructions;

// The best that this processor has; of those that keep float32 where `is_exact`.
CCaptionerInstructions ccaptioner_best_instructions(bool is_exact);

// A linear layer. `outputs` is a multiple of 16.
typedef struct CCaptionerLayer {
  int32_t depth;        // inputs
  int32_t outputs;
  const void *weights;  // as `ccaptioner_pack` makes them
  const float *bias;    // [outputs]
} CCaptionerLayer;

// Bytes of packed weights.
int64_t ccaptioner_packed_bytes(CCaptionerInstructions instructions, int32_t depth, int32_t outputs);

// Packs weights [rows][depth], `rows` at most `outputs`; the outputs behind them are zero.
void ccaptioner_pack(CCaptionerInstructions instructions, int32_t depth, int32_t rows, int32_t outputs,
                     const float *weights, void *packed);

// A layer over rows, out [rows][outputs] = in [rows][depth] · weightsᵀ + bias; `narrow` has room for `in` as bfloat16, its
// rows made even.
void ccaptioner_apply(CCaptionerInstructions instructions, const CCaptionerLayer *layer, const float *in, int64_t rows,
                      float *out, void *narrow);

// A model, read only.
typedef struct CCaptionerModel {
  int32_t hidden;      // units, a multiple of 16
  int32_t places;
  int32_t channels;
  int32_t vocabulary;  // tokens; the output layer's bias is very negative behind them
  int32_t unknown;     // the token that is never chosen
  CCaptionerLayer values;     // [hidden][channels]
  CCaptionerLayer image;      // [hidden][channels]
  CCaptionerLayer gates;      // [4 · hidden][hidden], of the image, without bias; input, forget, cell, output
  CCaptionerLayer recurrent;  // [4 · hidden][hidden]
  CCaptionerLayer query;      // [hidden][hidden], its weights and bias ÷ √hidden
  CCaptionerLayer output;     // [vocabulary, rounded up][hidden]
  const float *table;         // [vocabulary][4 · hidden], with the gates' bias
} CCaptionerModel;

// What pictures come to, read only once they have begun.
typedef struct CCaptionerPictures {
  float *values;  // [pictures][places][hidden]
  float *gates;   // [pictures][4 · hidden]
} CCaptionerPictures;

// What hypotheses keep from step to step.
typedef struct CCaptionerState {
  float *outputs;  // [hypotheses][hidden]
  float *cells;    // [hypotheses][hidden]
} CCaptionerState;

// Bytes of what a call for so many hypotheses, or pictures, writes to.
int64_t ccaptioner_scratch_bytes(const CCaptionerModel *model, int64_t count);

// Begins captions of pictures, whose grids are [pictures][places][channels].
void ccaptioner_begin(const CCaptionerModel *model, CCaptionerInstructions instructions, const float *grids,
                      int64_t count, const CCaptionerPictures *pictures, void *scratch);

// A step of some hypotheses.
typedef struct CCaptionerStep {
  int64_t count;
  const int32_t *tokens;    // [count]: what each adds
  const int32_t *pictures;  // [count]
  const int32_t *parents;   // [count]: the place in `before` that it goes on from; NULL at the start
  CCaptionerState before, after;
  int32_t choices;          // less than the vocabulary
  float temperature;        // above 0
  int32_t *chosen;          // [count][choices]: the most probable tokens, the first the most probable
  float *log_probabilities; // [count][choices]: natural logarithms
} CCaptionerStep;

void ccaptioner_step(const CCaptionerModel *model, CCaptionerInstructions instructions,
                     const CCaptionerPictures *pictures, const CCaptionerStep *step, void *scratch);

#ifdef __cplusplus
}
#endif
