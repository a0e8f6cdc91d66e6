// Inference of a TextCNN whose embedding is folded into its filters: gather, add, maximum, then the linear head.
//
// A filter over word embeddings is linear, so its product with each token's embedding is computed once for each of
// its offsets. A token's row holds these products: for each bank, for each 16 of its filters, for each offset, 16
// numbers; then `sum_chunks` × 16 numbers whose sum over the text, divided by the root of its length, enters
// the head.
//
// Nothing here allocates or fails. All memory is the caller's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CFOLDED_LANES 16
#define CFOLDED_MAXIMUM_WIDTH 8

// Which instructions run.
typedef enum CFoldedInstructions {
  CFoldedPortable = 0,
  CFoldedAVX2 = 1,
  CFoldedAVX512 = 2,
} CFoldedInstructions;

// The best that this processor has.
CFoldedInstructions cfolded_best_instructions(void);

// Filters of one width.
typedef struct CFoldedBank {
  int32_t width;   // tokens, 1 ... CFOLDED_MAXIMUM_WIDTH
  int32_t chunks;  // filters / 16, rounded up; the surplus filters are zero
} CFoldedBank;

// A model, read only. Every float array is aligned to 64 bytes.
typedef struct CFoldedModel {
  int32_t vocabulary;
  int32_t padding;  // stands for a token outside the vocabulary; its row is zero
  int32_t dimension;
  int32_t bank_count;
  const CFoldedBank *banks;
  int32_t row_length;  // numbers of a row, a multiple of 16
  int32_t sum_chunks;
  bool sum_is_logits;  // the row's last numbers are their share of the logits, not the embedding
  bool is_half;        // `rows` are float16
  const void *rows;
  const int32_t *row_of_token;  // [vocabulary]; -1 where the row is composed when it is met
  const float *embedding;       // [vocabulary][dimension]; this and the next null where every token has its row
  const float *composition;     // [dimension][row_length]: a row is embedding · composition
  const float *filter_biases;   // [all chunks · 16]
  int32_t labels;
  int32_t label_chunks;
  const float *head;       // [features][label_chunks · 16]
  const float *head_bias;  // [label_chunks · 16]
} CFoldedModel;

// What one call at a time may write to; all of it aligned to 64 bytes.
typedef struct CFoldedScratch {
  const void **row_pointers;  // [tokens of the longest text]
  void *composed_rows;        // [tokens of the longest text][row_length], or null where every token has its row
  float *row;                 // [row_length]
  float *features;            // [CFOLDED_BLOCK][cfolded_stride]
} CFoldedScratch;

// Texts that pass the head together, so that its weights are read once for them.
#define CFOLDED_BLOCK 4

// Numbers of a text that enter the head: all filters' maxima, and the scaled sum of the embeddings unless it is folded.
int32_t cfolded_features(const CFoldedModel *model);

// Numbers from one text's features to the next one's in scratch.
int32_t cfolded_stride(const CFoldedModel *model);

// Writes token `token`'s row, float32 or float16 as the model's rows are; `row` is scratch of `row_length`;
// both are aligned to 64 bytes.
void cfolded_compose(const CFoldedModel *model, CFoldedInstructions instructions, int32_t token, float *row,
                     void *out);

// Points scratch's row pointers at the rows of `count` tokens; those that the table has not are composed in scratch.
void cfolded_gather(const CFoldedModel *model, CFoldedInstructions instructions, const int32_t *tokens, int64_t count,
                    const CFoldedScratch *scratch);

// Writes the logits [count][labels] of `count` texts; text i is tokens[ends[i-1] ..< ends[i]], the first begins at
// `begin`.
void cfolded_logits(const CFoldedModel *model, CFoldedInstructions instructions, const int32_t *tokens, int64_t begin,
                    const int64_t *ends, int64_t count, const CFoldedScratch *scratch, float *logits);

#ifdef __cplusplus
}
#endif
